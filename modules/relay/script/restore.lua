--include room.lua
-- restore.lua - a host offers what it has of a room, because this Redis may have
-- lost some of it.
--
-- ARGV 2 the epoch of a room that is made, 3 birth, 4 complete, 5 newest, 6 to 8
-- the state, 9 and 10 how many messages are kept and for how long (ms), 11 the
-- host, 12 the room's settings, "": it does not know them; from 13 on ID, VALUE,
-- HASH of each record, oldest first. HASH is that of its ref's key, "-": none;
-- the key is made here, since nobody knows which of them will be taken. A "+"
-- behind them: that was not all, the rest follows with the next one, since
-- nobody shall wait until a whole room is back.
-- Answers EPOCH, TOP, LOST, TAKEN; "BUSY" while another host does it.

local REFS = 600000
local FILLING = 5000 -- ms; then the host is taken for dead
local more = ARGV[#ARGV] == '+'

local taken = 0
local lost = '0-0'

local function take(id, value, hash)
    local it = read(value)
    if it.kind == 'r' then
        room.slow = ARGV[6]
        redis.call('HSET', meta, 'slow', ARGV[6], 'locked', ARGV[7],
                   'topic', ARGV[8])
    elseif it.kind ~= 'm' and (it.kind ~= 'e' or it.size > 0) then
        change(it.kind, id, it.target, text_of(it))
    end
    append(id, it.kind, value)
    local left = split(id) + REFS - now
    if hash ~= '-' and left > 0 then
        redis.call('SET', string.gsub(log, 'log$', 'ref:' .. hash), id,
                   'PX', math.min(left, REFS))
    end
    taken = taken + 1
end

-- True: it was here once, or should have been, and cannot come back in order.
local function is_lost(id)
    -- Whoever made the room knew of nothing: see fetch.lua.
    local made_empty = room.whole == room.birth
    return above(id, room.complete) and (made_empty or above(id, room.whole))
           and redis.call('HEXISTS', text, id) == 0
end

local known = load()
if room.filling and not room.left and room.filling ~= ARGV[11] then
    return { 'BUSY' }
end
if not known then
    make(ARGV[2], ARGV[3], ARGV[4], ARGV[6], ARGV[7], ARGV[8])
end
set_settings(ARGV[12])
-- What was between this room's end and all that the host has is nowhere.
if above(ARGV[4], room.top) then
    redis.call('UNLINK', log, text)
    room.top, room.complete = ARGV[4], ARGV[4]
end
check_log()
for i = 13, #ARGV - 1, 3 do
    if above(ARGV[i], room.top) then
        take(ARGV[i], ARGV[i + 1], ARGV[i + 2])
    elseif is_lost(ARGV[i]) then
        lost = ARGV[i]
    end
end
if more then
    redis.call('HSET', meta, 'filling',
               string.format('%.0f ', now + FILLING) .. ARGV[11])
else
    redis.call('HDEL', meta, 'filling')
end
-- Its last one may have gone by the room's rule.
if not more and above(ARGV[5], room.top) then
    room.top = ARGV[5]
    redis.call('HSET', meta, 'whole', room.top)
end
if not more then
    note_all_sayers(tonumber(room.slow))
end
if above(lost, room.lost) then
    room.lost = lost
    redis.call('HSET', meta, 'lost', lost)
    redis.call('PUBLISH', channel, 'L ' .. lost)
end
keep(ARGV[9], ARGV[10])
return { room.epoch, room.top, room.lost, string.format('%.0f', taken) }
