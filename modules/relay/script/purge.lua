--include room.lua
-- purge.lua - deletes what somebody has said in a room.
--
-- ARGV 2 the person, 3 who does it; 4 the event's head, 5 what stands between
-- its id and that of a message, 6 what stands behind it; 7 how many are deleted
-- at most; 8 behind which id it begins, if not with the first.
-- What is kept, and for how long, is not the business of who asks: it need not
-- have the room. Answers COUNT, and "0"; "1" and an ID: there may be more behind
-- that; "2": no such room is known, "3": it is just being brought back.

local user, most = ARGV[2], tonumber(ARGV[7])
local count, reached = 0, nil

-- The message whose text this is, or is still of it.
local function message_of(id, kind, value)
    if kind ~= 'm' and kind ~= 'e' then
        return nil
    end
    local it = read(value)
    if it.author ~= user or it.flags == 'd' or it.size == 0 then
        return nil
    end
    if kind == 'm' then
        return id
    end
    return redis.call('HEXISTS', text, it.target) == 0 and it.target or nil
end

local function delete(target)
    local id = after(room.top)
    local body = ARGV[4] .. id .. ARGV[5] .. target .. ARGV[6]
    change('d', id, target)
    append(id, 'd', write({ kind = 'd', author = ARGV[3],
                            ref = '0000000000000000', at = 0, size = 0,
                            flags = '-', target = target, body = body }))
    count = count + 1
end

local function look()
    local from = ARGV[8] and '(' .. ARGV[8] or '-'
    local last = room.top
    while true do
        local rows = redis.call('XRANGE', log, from, last, 'COUNT', PAGE)
        for i = 1, #rows do
            local id, kind = rows[i][1], rows[i][2][2]
            local value = redis.call('HGET', text, id)
            local target = value and message_of(id, kind, value)
            if target and count == most then
                return '1'
            end
            if target then
                delete(target)
                reached = id
            end
        end
        if #rows < PAGE then
            return '0'
        end
        from = '(' .. rows[#rows][1]
    end
end

-- What was lost here may be offered again, with what is to go.
if not load() or room.filling then
    redis.call('PUBLISH', channel, 'G 0-0')
    return { '0', room.filling and '3' or '2' }
end
check_log()
local more = look()
if count > 0 then
    redis.call('HSET', meta, 'top', room.top, 'complete', room.complete,
               'oldest', room.oldest, 'last', room.last)
    renew(math.max(tonumber(room.age), SHORTEST))
end
return { string.format('%.0f', count), more, more == '1' and reached or nil }
