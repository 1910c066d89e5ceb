-- sanction.lua - keeps sanctions for all hosts, and tells them.
--
-- KEYS 1 the sanctions, a hash: REALM/USER/KIND has "MADE UNTIL WHAT" (ms of
-- this clock; UNTIL 0: there is no end), and REALM/USER/pardon has when all of
-- that user's ended. ARGV 1 the channel of all hosts, 2 the host; from 3 on, of
-- each, FIELD, how long ago it was made (ms), for how long it still holds (ms;
-- "-1": there is no end), WHAT (relay_packed.h). A FIELD "" is told, but not
-- kept.
-- A host that was away offers what the others do not have in this way, too: so
-- what was ended since stays ended, and what is newer stays.
-- Publishes "S HOST NOW" and, on a line each, "+MADE UNTIL WHAT"; "-...": all
-- have been told of it before. Answers NOW, and of each 1: kept, 0: it was
-- ended since, 2: there is a newer one.

local key, channel = KEYS[1], ARGV[1]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local lines = { string.format('S %s %.0f', ARGV[2], now) }
local answer = { string.format('%.0f', now) }

-- When it was made, of what is kept.
local function made_of(field)
    local value = redis.call('HGET', key, field)
    return value and tonumber(string.match(value, '^%d+'))
end

local function keep(field, made, value)
    local user = string.match(field, '^(.*)/[^/]*$')
    local before = made_of(field)
    if made < (made_of(user .. '/pardon') or 0) then
        return '0'
    elseif before and before > made then
        return '2'
    end
    redis.call('HSET', key, field, value)
    if field == user .. '/ban' then
        redis.call('HDEL', key, user .. '/address') -- one follows, or none
    end
    return '1', before
end

for i = 3, #ARGV, 4 do
    local field = ARGV[i]
    local made = now - tonumber(ARGV[i + 1])
    local rest = tonumber(ARGV[i + 2])
    local ends = rest < 0 and 0 or now + rest
    local value = string.format('%.0f %.0f ', made, ends) .. ARGV[i + 3]
    local state, before = '1', nil
    if field ~= '' then
        state, before = keep(field, made, value)
    end
    if state == '1' then
        lines[#lines + 1] = (before and ARGV[i + 1] ~= '0' and '-' or '+')
                            .. value
    end
    answer[#answer + 1] = state
end
if #lines > 1 then
    redis.call('PUBLISH', channel, table.concat(lines, '\n'))
end
return answer
