-- look.lua - who is in a room, on all hosts that are alive; the others' people
-- go.
--
-- KEYS 1 R:people; 2 the hosts, a hash with the time of each one's last beat.
-- ARGV 1 the host that asks, 2 after how long without a beat one is dead (ms).
-- Answers FIELD, PERSON of each.

local FORGOTTEN = 3600000 -- ms

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local alive = { [ARGV[1]] = true }
local beats = redis.call('HGETALL', KEYS[2])
for i = 1, #beats, 2 do
    local age = now - (tonumber(beats[i + 1]) or 0)
    if age <= tonumber(ARGV[2]) then
        alive[beats[i]] = true
    elseif age > FORGOTTEN then
        redis.call('HDEL', KEYS[2], beats[i])
    end
end
local people = redis.call('HGETALL', KEYS[1])
local answer = {}
for i = 1, #people, 2 do
    if alive[string.match(people[i], '^[^/]*')] then
        answer[#answer + 1] = people[i]
        answer[#answer + 1] = people[i + 1]
    else
        redis.call('HDEL', KEYS[1], people[i])
    end
end
return answer
