-- erased.lua - somebody was taken out of all rooms: what there is against the
-- user ends, in what the user decided nobody did it, and all hosts are told.
--
-- KEYS 1 those who were, a sorted set of "USER TIME" by when; 2 the sanctions,
-- see sanction.lua. ARGV 1 the channel of all hosts, 2 the host, 3 the user,
-- 4 TIME: up to then (ms) what was said counts.
-- A host that is away reads the set when it comes. Publishes "Y HOST USER
-- TIME".

local KEPT = 31 * 86400000 -- ms
local NOBODY = '{"n":"erased","g":1}' -- see relay_packed.h

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local user = ARGV[3]

-- It is the last member, and texts have no quote in them.
local function nobody_did(field, value)
    local front, who = string.match(value, '^(.*),"by":({.*})}$')
    if who and string.find(who, '"u":"' .. user .. '"', 1, true) then
        redis.call('HSET', KEYS[2], field, front .. ',"by":' .. NOBODY .. '}')
    end
end

local all = redis.call('HGETALL', KEYS[2])
for i = 1, #all, 2 do
    local realm, whose, kind = string.match(all[i], '^(%x+)/(%x+)/(%l+)$')
    if whose == user and kind ~= 'pardon' then
        -- Who was away may bring it back.
        redis.call('HDEL', KEYS[2], all[i])
        redis.call('HSET', KEYS[2], realm .. '/' .. whose .. '/pardon',
                   string.format('%.0f', now))
    else
        nobody_did(all[i], all[i + 1])
    end
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - KEPT)
redis.call('ZADD', KEYS[1], now, user .. ' ' .. ARGV[4])
redis.call('PUBLISH', ARGV[1], 'Y ' .. ARGV[2] .. ' ' .. user .. ' ' .. ARGV[4])
return {}
