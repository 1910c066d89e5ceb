--include room.lua
--include gcra.lua
-- store.lua - stores a message or an event, if it may be: see room_log_append
-- and room_log_amend, which do the same in a room of one host.
--
-- KEYS from 5 on those that it has: R:ref:HASH with a ref (ARGV 4 is not 0), the
-- rate of the user (ARGV 14 is above 0) and of the address (ARGV 16 is).
-- ARGV 2 kind, 3 author, 4 ref, 5 and 6 where its text is in the tail, 7 head,
-- 8 tail, 9 the caller's newest id, 10 and 11 how many messages are kept and
-- for how long (ms), 12 "1": not if the room is locked or slow; 13 the room's
-- settings, "": the caller does not know them; 14 and 15 the user's rate (us
-- between two, how many at once), 16 and 17 the address';
-- d, e: 18 the message, 19 whose it must be ("-": anybody's), 20 for how long
-- its author may change it (ms; below 0: not at all), 21 "1": the archive has
-- it, and told that of it when the room's newest was ARGV 9;
-- r: 18 to 20 the state that it must have (slow, locked, topic), 21 to 23 the
-- new one.
-- Answers STATUS, ID, WAIT_MS, ACK; ACK "1": it is acked when the archive has
-- it; RATE: "u" or "a", whose rate it is; STALE also the state that there is.

local REFS = 600000 -- ms that one is remembered
local kind, author = ARGV[2], ARGV[3]

local keys = 4
local function next_key(has)
    keys = has and keys + 1 or keys
    return has and KEYS[keys]
end
local ref = next_key(ARGV[4] ~= '0000000000000000')
local user_rate = next_key(tonumber(ARGV[14]) > 0)
local address_rate = next_key(tonumber(ARGV[16]) > 0)

local function say(status, id, wait, ack)
    local answer = { status, id or '0-0', string.format('%.0f', wait or 0),
                     ack or '0' }
    if status == 'STALE' then
        answer[5], answer[6], answer[7] = room.slow, room.locked, room.topic
    end
    return answer
end

-- A Redis that has lost something may not know any more that the room is due.
local function say_stored(status, id)
    if status == 'REPEATED' and is_due(id) then
        mark_due()
    end
    return say(status, id, 0, is_due(id) and archive())
end

-- Both are taken, or none. False: neither refuses.
local function check_rates()
    local user, user_wait, address, address_wait
    if user_rate then
        user, user_wait = rate(user_rate, ARGV[14], ARGV[15])
    end
    if address_rate then
        address, address_wait = rate(address_rate, ARGV[16], ARGV[17])
    end
    local wait = math.max(user_wait or 0, address_wait or 0)
    if wait > 0 then
        return say('RATE', nil, math.ceil(wait / 1000),
                   wait == user_wait and 'u' or 'a')
    end
    if user_rate then
        rate_keep(user_rate, user)
    end
    if address_rate then
        rate_keep(address_rate, address)
    end
    return false
end

-- The message is in the archive, and so was all that had changed it up to
-- ARGV 9.
local function check_known(target, late)
    if above(room.complete, ARGV[9]) then
        return 'STALE'
    end
    local rows = redis.call('XRANGE', log, '(' .. ARGV[9], '+')
    for i = 1, #rows do
        local it = rows[i][2][2]
        local value = (it == 'd' or it == 'e')
                      and redis.call('HGET', text, rows[i][1])
        if it == 'c' or value and read(value).target == target then
            return 'STALE'
        end
    end
    return late and 'LATE' or 'OK'
end

-- The message is not there. A moderator's word holds for one that may have been
-- there: people may still see it.
local function check_absent(target)
    if kind ~= 'd' or ARGV[19] ~= '-' then
        return 'ABSENT'
    end
    local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
    -- From there on all are known.
    return first and above(target, first[1]) and 'ABSENT' or 'OK'
end

local function check_message()
    local target, owner, window = ARGV[18], ARGV[19], tonumber(ARGV[20])
    local late = owner ~= '-'
                 and (window < 0 or split(target) < now - window)
    if target == '0-0' or above(target, room.top) then
        return 'ABSENT'
    end
    local value = redis.call('HGET', text, target)
    if not value then
        return ARGV[21] == '1' and check_known(target, late)
               or check_absent(target)
    end
    local it = read(value)
    if it.kind ~= 'm' then
        return 'ABSENT'
    end
    if owner ~= '-' and it.author ~= owner then
        return 'DENIED'
    end
    if it.flags == 'd' then
        return kind == 'd' and 'SAME' or 'ABSENT'
    end
    if late then
        return 'LATE'
    end
    local quoted = string.sub(ARGV[8], ARGV[5] + 1, ARGV[5] + ARGV[6])
    return kind == 'e' and quoted == text_of(it) and 'SAME' or 'OK'
end

-- Is there a message at all? The archive may have some that are not here.
local function check_clear()
    if redis.call('HEXISTS', text, room.last) == 1 then
        return 'OK'
    end
    local cleared = redis.call('HEXISTS', text, room.whole) == 1
                    and not above(room.last, room.whole)
    return archive() and room.top ~= room.birth and not cleared and 'OK'
           or 'SAME'
end

local function check_state()
    local slow, locked, topic = room.slow, room.locked, room.topic
    if slow ~= ARGV[18] or locked ~= ARGV[19] or topic ~= ARGV[20] then
        return 'STALE'
    end
    return slow == ARGV[21] and locked == ARGV[22] and topic == ARGV[23]
           and 'SAME' or 'OK'
end

local function check_event()
    if kind == 'd' or kind == 'e' then
        return check_message()
    elseif kind == 'c' then
        return check_clear()
    end
    return kind == 'r' and check_state() or 'OK'
end

-- Of who has to wait, for how long.
local function check_slow(slow)
    local last = slow > 0 and redis.call('ZSCORE', said, author)
    -- Later than now: the clock was set back.
    local since = last and now - last or -1
    if since < 0 or since >= slow then
        return 0
    end
    return slow - since
end

local function build(id)
    local it = { kind = kind, author = author, ref = ARGV[4], at = 0, size = 0,
                 flags = '-', target = '-',
                 body = ARGV[7] .. id .. ARGV[8] }
    if kind == 'm' or kind == 'e' then
        it.at, it.size = #ARGV[7] + #id + ARGV[5], tonumber(ARGV[6])
    end
    if kind == 'd' or kind == 'e' then
        it.target = ARGV[18]
    end
    if kind == 'r' then
        it.state = told_state(ARGV[21], ARGV[22], ARGV[23])
    end
    return it
end

-- False: that one is nowhere any more, and was not let go by the room's rule
-- or cleared. What is left of an older room is not of this one.
local function is_kept(id)
    return redis.call('HEXISTS', text, id) == 1
           or not above(id, room.complete)
           or (above(id, room.birth) and not above(id, room.whole))
end

-- Something is lost here that a host has: with a higher id it could not come
-- back in order.
if not load() or room.filling or above(ARGV[9], room.top) then
    if room.left then
        redis.call('PUBLISH', channel, 'G 0-0')
    elseif not room.filling then
        redis.call('PUBLISH', channel,
                   'G ' .. (room.topic and room.top or '0-0'))
    end
    return say('UNREAD')
end
local refused = check_rates()
if refused then
    return refused
end
set_settings(ARGV[13])
check_log()
local first = ref and redis.call('GET', ref)
if first and is_kept(first) then
    return say_stored('REPEATED', first)
end
local status = check_event()
if status ~= 'OK' then
    return say(status)
end
local slow = ARGV[12] == '1' and tonumber(room.slow) * 1000 or 0
if ARGV[12] == '1' and room.locked == '1' then
    return say('LOCKED')
end
local wait = check_slow(slow)
if wait > 0 then
    return say('SLOW', nil, wait)
end

local id = after(room.top)
local it = build(id)
if kind == 'r' then
    set_state(ARGV[21], ARGV[22], ARGV[23])
elseif kind ~= 'm' then
    change(kind, id, it.target, text_of(it))
end
append(id, kind, write(it))
keep(ARGV[10], ARGV[11])
if ref then
    redis.call('SET', ref, id, 'PX', REFS)
end
if slow > 0 then
    redis.call('ZADD', said, now, author)
    redis.call('ZREMRANGEBYSCORE', said, '-inf', now - slow)
    redis.call('PEXPIRE', said, slow)
end
return say_stored('OK', id)
