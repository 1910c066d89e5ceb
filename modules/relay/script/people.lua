-- people.lua - a host tells who of its own has come into a room, or changed,
-- and who has left.
--
-- KEYS 1 R:people, a hash with "HOST/USER" of all hosts. ARGV 1 the room's
-- channel, 2 the host, 3 for how long it holds without being renewed (ms); from
-- 4 on USER, PERSON: who it is (relay_packed.h), or "" when it has left.

local channel, host = ARGV[1], ARGV[2]
local text = { 'P ' .. host }

for i = 4, #ARGV, 2 do
    local field = host .. '/' .. ARGV[i]
    if ARGV[i + 1] == '' then
        redis.call('HDEL', KEYS[1], field)
        text[#text + 1] = '-' .. ARGV[i]
    else
        redis.call('HSET', KEYS[1], field, ARGV[i + 1])
        text[#text + 1] = '+' .. ARGV[i] .. ' ' .. ARGV[i + 1]
    end
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PUBLISH', channel, table.concat(text, '\n'))
return {}
