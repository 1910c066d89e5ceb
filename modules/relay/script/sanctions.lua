-- sanctions.lua - all sanctions that hold; the others go.
--
-- KEYS 1 the sanctions, see sanction.lua. Answers NOW, and FIELD, VALUE of
-- each.

local PARDONED = 30 * 86400000 -- ms; who was away longer may bring one back

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local all = redis.call('HGETALL', KEYS[1])
local answer = { string.format('%.0f', now) }
for i = 1, #all, 2 do
    local made, ends = string.match(all[i + 1], '^(%d+) ?(%d*)')
    local over = ends == '' and now - (tonumber(made) or 0) > PARDONED
    if ends and ends ~= '' and ends ~= '0' then
        over = tonumber(ends) <= now
    end
    if over or not made then
        redis.call('HDEL', KEYS[1], all[i])
    else
        answer[#answer + 1] = all[i]
        answer[#answer + 1] = all[i + 1]
    end
end
return answer
