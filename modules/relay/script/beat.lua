-- beat.lua - a host is alive, and hears itself.
--
-- KEYS 1 since when every room is known, 2 the hosts, 3 P archive (room.lua).
-- ARGV 1 the host, 2 the channel of all hosts.
-- Answers SINCE, ARCHIVE ("": none).

local clock = redis.call('TIME')
local now = string.format('%.0f', clock[1] * 1000
                                  + math.floor(clock[2] / 1000))

redis.call('HSET', KEYS[2], ARGV[1], now)
redis.call('PUBLISH', ARGV[2], 'B ' .. ARGV[1] .. ' ' .. now)
return { string.match(redis.call('GET', KEYS[1]) or '', '^%S*'),
         redis.call('GET', KEYS[3]) or '' }
