-- room.lua - a room in Redis: what the scripts about one have in common.
--
-- KEYS 1 R:log, a stream with the kinds of all records; 2 R:text, a hash with
-- the record of each id, as relay_value.h has it, and under "@ID" the id of the
-- newest edit of a message; 3 R:meta; 4 R:said, who has spoken, while the room
-- is slow. ARGV 1 is the room's channel.
--
-- A text is in R:text alone, so that it is gone when it is overwritten there:
-- what a stream has cannot be changed. Ids are compared as two numbers, and
-- otherwise stay the strings that they are.
--
-- An archive: some host has one and writes into it what all rooms have. It sets
-- P archive, with P the prefix of all keys: "1" when acks wait for it, or "0".
-- R:meta `kept` says up to which id it has the room; `settings` are what its
-- writer has to know: "KEEP_MS COUNT AGE_MS REALM", KEEP_MS below 0: for ever,
-- 0: this room is not archived. The hash P due has the settings of each room
-- that has something for it.

local log, text, meta, said = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local channel = ARGV[1]

local SHORTEST = 60000            -- ms that a record stays for who missed it
local LONGEST = 3650 * 86400000   -- more is for ever
local META = 30 * 86400000        -- see fetch.lua
local PAGE = 100                  -- records at a time
local SPARE = 20                  -- beyond what is kept: then all of them go
local LEASE = 10000               -- ms between two times that it is renewed
local SAYERS = 1000               -- see room_log.c
local HELD = 10000                -- records that wait for the archive

local DELETED = ',"deleted":true}'
local EDITED = ',"edited":true}'
local TEXT_MEMBER = #',"text":'

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- ------------------------------------------------------------------- ids
local function split(id)
    local ms, n = string.match(id, '^(%d+)-(%d+)$')
    return tonumber(ms), tonumber(n)
end

local function above(one, other)
    local ms, n = split(one)
    local other_ms, other_n = split(other)
    return ms > other_ms or (ms == other_ms and n > other_n)
end

-- The id of what comes after this one. Its second number is drawn: what a Redis
-- has lost with its end could have the same milliseconds as something else
-- where that one is the master now and its clock is behind; no two records may
-- have one id.
local function after(id)
    local ms, n = split(id)
    local drawn = tonumber(string.sub(redis.sha1hex(
                      id .. clock[2] .. table.concat(ARGV)), 1, 5), 16)
    if now > ms then
        return string.format('%.0f-%.0f', now, drawn)
    end
    return string.format('%.0f-%.0f', ms, n + 1 + drawn)
end

-- ------------------------------------------------------------- the records
local function read(value)
    local it = {}
    local rest
    it.kind, it.author, it.ref, it.at, it.size, it.flags, it.target, rest =
        string.match(value, '^(%l) (%x+) (%x+) (%d+) (%d+) (%S+) (%S+)\n()')
    it.at, it.size = tonumber(it.at), tonumber(it.size)
    it.body = string.sub(value, rest)
    return it
end

local function write(it)
    return string.format('%s %s %s %.0f %.0f %s %s\n', it.kind, it.author,
                         it.ref, it.at, it.size, it.flags, it.target)
           .. (it.state or '') .. it.body
end

-- A state as it stands in front of a body.
local function told_state(slow, locked, topic)
    return slow .. ' ' .. locked .. ' ' .. #topic .. '\n' .. topic
end

local function text_of(it)
    return string.sub(it.body, it.at + 1, it.at + it.size)
end

-- A message is told with another text, and its ending.
local function retell(it, quoted, flags, ending)
    local own = it.flags == 'e' and #EDITED or 1
    it.body = string.sub(it.body, 1, it.at) .. quoted
              .. string.sub(it.body, it.at + it.size + 1, -own - 1) .. ending
    it.size = #quoted
    it.flags = flags
    it.ref = '0000000000000000'
    return write(it)
end

-- An edit is told without its text, which is its last member.
local function blank(id)
    local value = redis.call('HGET', text, id)
    local it = value and read(value)
    if it and it.kind == 'e' and it.size > 0 then
        it.body = string.sub(it.body, 1, it.at - TEXT_MEMBER)
                  .. string.sub(it.body, it.at + it.size + 1)
        it.at, it.size = 0, 0
        redis.call('HSET', text, id, write(it))
    end
end

-- ---------------------------------------------------------------- the room
local room = {}

-- False: there is none, or not for this room; "1": acks wait for it, "0".
local function archive()
    if room.archive == nil then
        local base = string.match(log, '^[^{]*')
        room.archive = room.settings and not string.find(room.settings, '^0 ')
                       and redis.call('GET', base .. 'archive') or false
    end
    return room.archive
end

-- P due, and the room's key: that is in its channel, without the line's end in
-- front of the path.
local function find_due()
    local base, name = string.match(log, '^([^{]*){(.*)}:log$')
    return base .. 'due', (string.gsub(name, '/', '\n/', 1)), base
end

-- The archive's writer is to look at the room. A full Redis is none that cannot
-- be read: hence pcall.
local function mark_due()
    local due, key, base = find_due()
    if archive() and redis.pcall('HSET', due, key, room.settings) == 1 then
        redis.call('PEXPIRE', due, META)
        redis.call('PUBLISH', base .. 'archive', 'D')
    end
end

-- False: there is none. `top` is the newest id given, up to `whole` ids need no
-- record, `last` is the newest message; `oldest` is when the first record of
-- R:log was stored, `leased` when and `age` for how long all was renewed;
-- `filling` is the host that is just bringing back what was lost: more follows,
-- and nobody else may store anything behind that. It is `left` when that host
-- has died and there is an archive, which may have the rest: its writer is asked
-- for it, as for a room that is not known. `kept` and `settings`: see above.
local function load()
    local is = redis.call('HMGET', meta, 'epoch', 'birth', 'complete', 'top',
                          'whole', 'lost', 'slow', 'locked', 'topic', 'oldest',
                          'leased', 'age', 'last', 'filling', 'kept',
                          'settings')
    room.epoch, room.birth, room.complete, room.top, room.whole, room.lost,
    room.slow, room.locked, room.topic, room.oldest, room.leased, room.age,
    room.last = unpack(is)
    local ends, host = string.match(is[14] or '', '^(%d+) (.*)$')
    room.kept, room.settings = is[15] or '0-0', is[16]
    room.archive = nil
    room.left = ends and tonumber(ends) <= now and archive()
    room.filling = ends and (room.left or tonumber(ends) > now) and host
    if room.left then
        mark_due()
    end
    return room.topic and true
end

-- Of a room that nothing was ever said in. What may be left of an older one is
-- no part of it.
local function make(epoch, birth, complete, slow, locked, topic)
    redis.call('UNLINK', log, text, said, meta)
    redis.call('HSET', meta, 'epoch', epoch, 'birth', birth,
               'complete', complete, 'top', birth, 'whole', birth,
               'lost', '0-0', 'slow', slow, 'locked', locked, 'topic', topic,
               'oldest', '0', 'leased', '0', 'age', '0', 'last', '0-0')
    redis.call('PEXPIRE', meta, META)
    load()
end

-- True: there is one that has not got this yet.
local function is_due(id)
    return archive() and above(id, room.kept)
end

-- As a host knows them; "": it does not.
local function set_settings(settings)
    if settings ~= '' and settings ~= room.settings then
        redis.pcall('HSET', meta, 'settings', settings)
        room.settings, room.archive = settings, nil
        mark_due()
    end
end

-- How many records there are. When all have gone, by their time or for lack of
-- memory, no position in front of that is exact.
local function check_log()
    room.length = redis.call('XLEN', log)
    if room.length == 0 and room.top ~= room.birth
       and above(room.top, room.complete) then
        room.complete = room.top
        redis.call('HSET', meta, 'complete', room.complete)
    end
end

-- Who has spoken since so long waits from now on.
local function note_sayers(slow)
    local since = now - slow * 1000
    local rows = redis.call('XREVRANGE', log, '+',
                            string.format('%.0f', math.max(since, 0)),
                            'COUNT', SAYERS)
    for i = #rows, 1, -1 do
        local value = rows[i][2][2] == 'm'
                      and redis.call('HGET', text, rows[i][1])
        if value then
            redis.call('ZADD', said, 'GT', (split(rows[i][1])), read(value).author)
        end
    end
    redis.call('PEXPIRE', said, slow * 1000)
end

-- The same, where it is another state now.
local function note_all_sayers(slow)
    if slow > 0 then
        note_sayers(slow)
    else
        redis.call('UNLINK', said)
    end
end

local function set_state(slow, locked, topic)
    redis.call('HSET', meta, 'slow', slow, 'locked', locked, 'topic', topic)
    note_all_sayers(tonumber(slow))
end

-- What the event with this id makes of what came before it.
local function change(kind, id, target, quoted)
    if kind == 'c' then
        redis.call('UNLINK', log, text)
        redis.call('HSET', meta, 'whole', id)
        room.length = 0
        return
    end
    local value = redis.call('HGET', text, target)
    local it = value and read(value)
    local edit = redis.call('HGET', text, '@' .. target)
    if it and it.kind == 'm' and it.flags ~= 'd' then
        redis.call('HSET', text, target,
                   kind == 'd' and retell(it, '""', 'd', DELETED)
                   or retell(it, quoted, 'e', EDITED))
    end
    if edit then
        blank(edit)
    end
    if kind == 'e' then
        redis.call('HSET', text, '@' .. target, id)
    elseif edit then
        redis.call('HDEL', text, '@' .. target)
    end
end

-- Its value is stored and told to all hosts.
local function append(id, kind, value)
    redis.call('XADD', log, id, 'k', kind)
    redis.call('HSET', text, id, value)
    if room.length == 0 then
        room.oldest, room.leased = split(id), 0
    end
    room.length = room.length + 1
    if kind == 'm' then
        room.last = id
    end
    redis.call('PUBLISH', channel, 'E ' .. room.epoch .. ' ' .. room.top .. ' '
               .. id .. '\n' .. value)
    room.top = id
    mark_due()
end

-- The oldest record goes, and what is known of it besides.
local function forget(gone, id, kind)
    gone[#gone + 1] = id
    if kind == 'e' then
        local value = redis.call('HGET', text, id)
        local index = value and '@' .. read(value).target
        if index and redis.call('HGET', text, index) == id then
            gone[#gone + 1] = index
        end
    end
end

-- True: the archive has not got it yet, and so much may wait for that.
local function is_held(id)
    return room.length <= HELD and is_due(id)
end

-- Takes away so many of the oldest records, and all from before this time, but
-- for what is held.
local function trim(over, before)
    repeat
        local rows = redis.call('XRANGE', log, '-', '+', 'COUNT', PAGE)
        local gone = {}
        local all = true
        for i = 1, #rows do
            room.oldest = split(rows[i][1])
            if over <= 0 and room.oldest >= before or is_held(rows[i][1]) then
                all = false
                break
            end
            forget(gone, rows[i][1], rows[i][2][2])
            over = over - 1
            room.length = room.length - 1
            room.complete = rows[i][1]
        end
        if #gone > 0 then
            redis.call('HDEL', text, unpack(gone))
            redis.call('XTRIM', log, 'MAXLEN', room.length)
        end
    until not all or room.length == 0
end

-- Not each time: three commands. What waits for the archive does not end with
-- its room's rule; kept.lua makes that good.
local function renew(age)
    if is_due(room.top) then
        age = math.max(age, META)
    end
    if now - room.leased >= LEASE or tonumber(room.age) ~= age then
        redis.call('HSET', meta, 'leased', now, 'age', age)
        redis.call('PEXPIRE', log, age + LEASE)
        redis.call('PEXPIRE', text, age + LEASE)
        redis.call('PEXPIRE', meta, math.max(META, age + 86400000))
    end
end

-- Lets go what is too much or too old, and keeps what is left.
local function keep(count, age)
    count = tonumber(count)
    -- A room that keeps nothing still has what somebody may have missed.
    age = count > 0 and math.min(tonumber(age), LONGEST) or 0
    age = math.max(age, SHORTEST)
    local over = room.length - 2 * count - 100
    -- Not each time, either, while all of them wait for the archive.
    local held = room.length <= HELD + SPARE
                 and is_due(string.format('%.0f-0', room.oldest))
    if not held and (over > SPARE or tonumber(room.oldest) < now - age) then
        trim(over, now - age)
    end
    redis.call('HSET', meta, 'top', room.top, 'complete', room.complete,
               'oldest', room.oldest, 'last', room.last)
    renew(age)
end
