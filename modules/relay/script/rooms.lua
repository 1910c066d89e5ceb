-- rooms.lua - lists rooms of a realm, in the order of their keys.
--
-- KEYS 1 a set of the keys of rooms, see relay_sanction.h; the others were
-- listed before, and what is in them is left out. ARGV 1 and 2 from where to
-- where, as ZRANGEBYLEX has it, 3 how many at most, 4 what all names of Redis'
-- keys begin with.
-- Answers the last KEY that was looked at, "": that was all; and of each room
-- KEY, how many are in it on all hosts, LAST: the newest message, "0-0": none is
-- kept.

local most = tonumber(ARGV[3])
local keys = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[1], ARGV[2],
                        'LIMIT', 0, most)
local answer = { #keys == most and keys[#keys] or '' }

local function is_listed(key)
    for i = 2, #KEYS do
        if redis.call('ZSCORE', KEYS[i], key) then
            return true
        end
    end
    return false
end

for _, key in ipairs(keys) do
    local room = ARGV[4] .. '{' .. string.gsub(key, '\n', '', 1) .. '}:'
    local last = redis.call('HGET', room .. 'meta', 'last')
    if last and not is_listed(key) then
        local kept = redis.call('HEXISTS', room .. 'text', last) == 1
        answer[#answer + 1] = key
        answer[#answer + 1] = string.format(
            '%.0f', redis.call('HLEN', room .. 'people'))
        answer[#answer + 1] = kept and last or '0-0'
    end
end
return answer
