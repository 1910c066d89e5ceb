--include room.lua
-- store.lua - stores a message or an event, if it may be: see room_log_append
-- and room_log_amend, which do the same in a room of one host.
--
-- KEYS 5 R:ref:HASH, of what has a ref.
-- ARGV 2 kind, 3 author, 4 ref, 5 and 6 where its text is in the tail, 7 head,
-- 8 tail, 9 the caller's newest id, 10 and 11 how many messages are kept and
-- for how long (ms), 12 "1": not if the room is locked or slow;
-- d, e: 13 the message, 14 whose it must be ("-": anybody's), 15 for how long
-- its author may change it (ms; below 0: not at all);
-- r: 13 to 15 the state that it must have (slow, locked, topic), 16 to 18 the
-- new one.
-- Answers STATUS, ID, WAIT_MS; STALE also the state that there is.

local REFS = 600000 -- ms that one is remembered
local kind, author = ARGV[2], ARGV[3]
local ref = KEYS[5]

local function say(status, id, wait)
    local answer = { status, id or '0-0', string.format('%.0f', wait or 0) }
    if status == 'STALE' then
        answer[4], answer[5], answer[6] = room.slow, room.locked, room.topic
    end
    return answer
end

-- The message is not there. A moderator's word holds for one that may have been
-- there: people may still see it.
local function check_absent(target)
    if kind ~= 'd' or ARGV[14] ~= '-' then
        return 'ABSENT'
    end
    local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
    -- From there on all are known.
    return first and above(target, first[1]) and 'ABSENT' or 'OK'
end

local function check_message()
    local target, owner, window = ARGV[13], ARGV[14], tonumber(ARGV[15])
    if target == '0-0' or above(target, room.top) then
        return 'ABSENT'
    end
    local value = redis.call('HGET', text, target)
    if not value then
        return check_absent(target)
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
    if owner ~= '-' and (window < 0 or split(target) < now - window) then
        return 'LATE'
    end
    local quoted = string.sub(ARGV[8], ARGV[5] + 1, ARGV[5] + ARGV[6])
    return kind == 'e' and quoted == text_of(it) and 'SAME' or 'OK'
end

-- Is there a message at all?
local function check_clear()
    return redis.call('HEXISTS', text, room.last) == 1 and 'OK' or 'SAME'
end

local function check_state()
    local slow, locked, topic = room.slow, room.locked, room.topic
    if slow ~= ARGV[13] or locked ~= ARGV[14] or topic ~= ARGV[15] then
        return 'STALE'
    end
    return slow == ARGV[16] and locked == ARGV[17] and topic == ARGV[18]
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
        it.target = ARGV[13]
    end
    if kind == 'r' then
        it.state = told_state(ARGV[16], ARGV[17], ARGV[18])
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
    if not room.filling then
        redis.call('PUBLISH', channel,
                   'G ' .. (room.topic and room.top or '0-0'))
    end
    return say('UNREAD')
end
check_log()
local first = ref and redis.call('GET', ref)
if first and is_kept(first) then
    return say('REPEATED', first)
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
    set_state(ARGV[16], ARGV[17], ARGV[18])
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
return say('OK', id)
