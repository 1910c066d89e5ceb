-- gcra.lua - how fast somebody may do something, over all hosts: base_gcra.h.
--
-- The state is a key with the time (us) at which all is free again, which ends
-- then. `clock` is Redis' TIME. Numbers are exact up to 2^53 us, the year 2255.

-- The state after one more, and for how long (us) that has to wait; 0: not.
local function rate(key, interval, burst)
    local us = clock[1] * 1000000 + clock[2]
    local full = us + interval * burst
    -- It lies further ahead when the clock was set back.
    local due = math.min(tonumber(redis.call('GET', key)) or 0, full)
    local later = math.max(due, us) + interval
    return later, math.max(later - full, 0)
end

local function rate_keep(key, later)
    local us = clock[1] * 1000000 + clock[2]
    redis.call('SET', key, string.format('%.0f', later), 'PX',
               math.ceil((later - us) / 1000) + 1)
end
