--include room.lua
-- kept.lua - the archive has a room up to there, committed.
--
-- ARGV 2 the position; 3 "-": it will never have the record that is there, which
-- is only told: what is in front of it comes with another one.
-- Answers "0": no such room is known; or "1", and "1" when there is more.

local upto = ARGV[2]

-- False: this Redis has lost it, and may have something else in its place.
local function is_known(id)
    return id == room.top or not above(id, room.complete)
           or not above(id, room.whole)
           or redis.call('HEXISTS', text, id) == 1
end

if not load() then
    return { '0' }
end
check_log()
if not is_known(upto) then
    return { '1', '1' }
end
-- A script that begins with what only frees memory is done when Redis is full.
redis.call('HDEL', meta, 'nothing')
if ARGV[3] ~= '' then
    redis.call('PUBLISH', channel, 'A ' .. upto .. ' -')
    return { '1', above(room.top, room.kept) and '1' or '0' }
end
if above(upto, room.kept) then
    room.kept = upto
    redis.call('HSET', meta, 'kept', upto)
end
redis.call('PUBLISH', channel, 'A ' .. upto)
if not above(room.top, room.kept) then
    local due, key = find_due()
    redis.call('HDEL', due, key)
end
local count, age = string.match(room.settings or '', '^%S+ (%d+) (%d+) ')
if count then
    keep(count, age)
end
return { '1', above(room.top, room.kept) and '1' or '0' }
