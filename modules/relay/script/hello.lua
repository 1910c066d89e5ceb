-- hello.lua - what all hosts share, for one that has just connected.
--
-- KEYS 1 the secret, 2 since when every room is known, 3 the hosts. ARGV 1 the
-- secret of this host, which counts when there is none, 2 the host.
-- Answers SECRET, SINCE.

local DAY = 86400000

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

redis.call('SET', KEYS[1], ARGV[1], 'NX')
redis.call('SET', KEYS[2], string.format('%.0f-0', now), 'NX')
-- Those that came back under another name.
local hosts = redis.call('HGETALL', KEYS[3])
for i = 1, #hosts, 2 do
    if (tonumber(hosts[i + 1]) or 0) < now - DAY then
        redis.call('HDEL', KEYS[3], hosts[i])
    end
end
redis.call('HSET', KEYS[3], ARGV[2], string.format('%.0f', now))
return { redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]) }
