-- rate.lua - an address makes one more room, of those that it may on all hosts;
-- one that there is costs nothing.
--
-- KEYS 1 R:meta, 2 the rate. ARGV 1 microseconds between two, 2 how many at
-- once.
-- Answers WAIT_MS; 0: it may.

local clock = redis.call('TIME')
--include gcra.lua

if redis.call('EXISTS', KEYS[1]) == 1 then
    return { '0' }
end
local next, wait = rate(KEYS[2], ARGV[1], ARGV[2])
if wait == 0 then
    rate_keep(KEYS[2], next)
end
return { string.format('%.0f', math.ceil(wait / 1000)) }
