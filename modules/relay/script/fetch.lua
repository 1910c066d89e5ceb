--include room.lua
-- fetch.lua - what a room has behind a position.
--
-- KEYS 5 since when every room is known, see hello.lua; 6, if the room's realm
-- is known, the keys of all rooms of the realm.
-- ARGV 2 the position, "": all, "kept": that up to which the archive has it; 3
-- "1": a room that is not known is made; 4 about how many bytes are wanted, but
-- at least one record; 5 the position from which this Redis knows everything,
-- as the host was told, "": it does not matter; 6 the epoch of a room that is
-- made; 7 the room's key; 8 its settings, "": the host does not know them; 9
-- "1": the archive has no such room.
-- Answers "0"; "0", "1" when it is another Redis than the host knows, which may
-- have lost the room, and nothing is made; "0", "2" when the archive may know
-- it: nothing is made, and its writer is asked for it; or "1", EPOCH, BIRTH,
-- COMPLETE, TOP, LOST, SLOW, LOCKED, TOPIC, TORN, MORE, KEPT, KEEP, and ID,
-- VALUE of each record; KEPT and KEEP are empty where there is no archive.

-- Nothing was said in a room that is not known, or it would be known: what is
-- known of one stays for META at least.
local function make_here()
    local since = ARGV[5]
    local complete = string.format('%.0f-0', now - META + 86400000)
    make(ARGV[6], after(since), above(since, complete) and since or complete,
         '0', '0', '')
end

-- True: no host has said hello to this Redis yet, or this one has not.
local function is_another()
    local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
                or '-'
    return redis.call('GET', KEYS[5]) ~= ARGV[5] .. ' ' .. run
end

-- A record without its text has lost it for lack of memory, and all up to there
-- have: they go.
local function lose(id)
    local ms, n = split(id)
    redis.call('XTRIM', log, 'MINID', string.format('%.0f-%.0f', ms, n + 1))
    redis.call('HSET', meta, 'complete', id)
    room.complete = id
end

-- True: what is behind the position is not all of what was there.
local function is_torn(position)
    return above(position, room.complete) and above(position, room.whole)
           and position ~= room.top
           and redis.call('HEXISTS', text, position) == 0
end

-- So many records at a time as are wanted, about: they may be large.
local function read_on(position, most, answer)
    local start = #answer
    local size = 0
    local page = 10
    local from = position and '(' .. position or '-'
    while true do
        local rows = redis.call('XRANGE', log, from, '+', 'COUNT', page)
        local ids = {}
        for i = 1, #rows do
            ids[i] = rows[i][1]
        end
        local values = #ids > 0 and redis.call('HMGET', text, unpack(ids)) or {}
        for i = 1, #ids do
            if not values[i] then
                lose(ids[i])
                for at = #answer, start + 1, -1 do
                    answer[at] = nil
                end
                size = 0
            elseif size > 0 and size + #values[i] > most then
                return '1'
            else
                size = size + #values[i]
                answer[#answer + 1] = ids[i]
                answer[#answer + 1] = values[i]
            end
        end
        if #ids < page then
            return '0'
        end
        from = '(' .. ids[#ids]
        local each = size / math.max((#answer - start) / 2, 1)
        page = math.floor((most - size) / math.max(each, 1)) + 1
        page = math.max(math.min(page, PAGE), 1)
    end
end

local known = load()
if room.left and ARGV[3] == '1' and ARGV[9] == '1' then
    redis.call('HDEL', meta, 'filling') -- nor does the archive have the rest
    room.filling, room.left = false, false
end
if not known or room.left then
    if ARGV[5] ~= '' and is_another() then
        return { '0', '1' }
    end
    if ARGV[3] ~= '1' then
        return { '0' }
    end
    if not known then
        room.settings, room.archive = ARGV[8] ~= '' and ARGV[8], nil
    end
    if ARGV[9] ~= '1' and archive() then
        mark_due()
        return { '0', '2' }
    end
    make_here()
end
set_settings(ARGV[8])
if KEYS[6] then
    redis.call('ZADD', KEYS[6], 0, ARGV[7]) -- so their order is that of bytes
    redis.call('PEXPIRE', KEYS[6], 3 * META)
end
check_log()
local for_archive = ARGV[2] == 'kept'
local position = for_archive and room.kept or ARGV[2] ~= '' and ARGV[2]
local answer = { '1', room.epoch, room.birth, room.complete, room.top,
                 room.lost, room.slow, room.locked, room.topic, '0', '0',
                 '', '' }
if for_archive then
    answer[10] = room.filling and '1' or '0'
elseif position and is_torn(position) or not position and room.filling then
    answer[10] = '1'
end
if is_due(room.top) and not for_archive then
    mark_due() -- it may have been lost, or the archive is new
end
if archive() then
    answer[12] = room.kept
    answer[13] = string.match(room.settings, '^%S+')
end
if not position or above(room.top, position) then
    answer[11] = read_on(position, tonumber(ARGV[4]), answer)
end
answer[4] = room.complete
return answer
