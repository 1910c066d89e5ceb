-- pardon.lua - what there is against a user in a realm ends, on all hosts.
--
-- KEYS 1 the sanctions, see sanction.lua. ARGV 1 the channel of all hosts, 2
-- the host, 3 REALM/USER, 4 WHAT is told (relay_packed.h). Publishes "U HOST",
-- and on a line of its own WHAT. Answers how many there were.

local clock = redis.call('TIME')
local count = redis.call('HDEL', KEYS[1], ARGV[3] .. '/mute',
                         ARGV[3] .. '/ban', ARGV[3] .. '/address')

redis.call('HSET', KEYS[1], ARGV[3] .. '/pardon', string.format(
           '%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000)))
redis.call('PUBLISH', ARGV[1], 'U ' .. ARGV[2] .. '\n' .. ARGV[4])
return { count }
