--include room.lua
-- erase.lua - takes somebody out of a room: what the user has said up to a time
-- becomes what nobody said, and what else the user did nobody did.
--
-- KEYS 5 R:people, see people.lua. ARGV 2 the user, 3 the time (ms), 4 PERSON:
-- nobody, as it is told; 5 how many records are changed at most; 6 behind which
-- id it begins, "": with the first.
-- Others are told of each message that had its text, by an event `deleted`; of
-- the rest of it a host hears otherwise (erased.lua). What is kept, and for how
-- long, is not the business of who asks.
-- Answers COUNT, and "0", "1": there may be more, "2": not now, since a host is
-- just bringing back what was lost; and behind which id to go on.

local user, upto = ARGV[2], tonumber(ARGV[3])
local by, most = ',"by":' .. ARGV[4] .. '}', tonumber(ARGV[5])
local count, told, reached = 0, 0, ''
local NOBODY = string.rep('0', #user)

-- As an archive has it, too: only its id stays.
local function nobodys(id)
    local front = '{"type":"message","id":"' .. id .. '","from":' .. ARGV[4]
                  .. ',"text":'
    return write({ kind = 'm', author = NOBODY, ref = NOBODY, at = #front,
                   size = #'""', flags = 'd', target = '-',
                   body = front .. '""' .. DELETED })
end

local function tell(target)
    local id = after(room.top)
    change('d', id, target)
    append(id, 'd', write({ kind = 'd', author = NOBODY, ref = NOBODY, at = 0,
                            size = 0, flags = '-', target = target,
                            body = '{"type":"deleted","id":"' .. id
                                   .. '","target":"' .. target .. '"' .. by }))
    told = told + 1
end

-- Who it was is its last member; an edit tells nobody's name. Its text may be
-- what a message that is gone was to say.
local function nobody_did(id)
    blank(id)
    local it = read(redis.call('HGET', text, id))
    local front = string.match(it.body, '^(.*),"by":')
    it.body = front and front .. by or it.body
    it.author, it.ref = NOBODY, NOBODY
    return write(it)
end

local function take_out(id, value)
    local it = read(value)
    if it.kind == 'm' and it.flags ~= 'd' then
        tell(id)
    end
    redis.call('HSET', text, id,
               it.kind == 'm' and nobodys(id) or nobody_did(id))
    count = count + 1
end

local function look()
    local from = ARGV[6] ~= '' and '(' .. ARGV[6] or '-'
    local last = room.top
    while true do
        local rows = redis.call('XRANGE', log, from, last, 'COUNT', PAGE)
        for i = 1, #rows do
            local id = rows[i][1]
            local value = redis.call('HGET', text, id)
            if split(id) > upto then
                return '0'
            elseif value and string.sub(value, 3, 2 + #user) == user then
                if count == most then
                    return '1'
                end
                take_out(id, value)
                reached = id
            end
        end
        if #rows < PAGE then
            return '0'
        end
        from = '(' .. rows[#rows][1]
    end
end

-- Of a host that has died, too.
local people = redis.call('HKEYS', KEYS[5])
for i = 1, #people do
    if string.match(people[i], '/(%x+)$') == user then
        redis.call('HDEL', KEYS[5], people[i])
    end
end
if not load() then
    return { '0', '0' }
elseif room.filling then
    return { '0', '2' }
end
check_log()
local more = user ~= NOBODY and look() or '0'
redis.call('ZREM', said, user)
if told > 0 then
    redis.call('HSET', meta, 'top', room.top, 'complete', room.complete,
               'oldest', room.oldest, 'last', room.last)
    renew(math.max(tonumber(room.age), SHORTEST))
end
return { string.format('%.0f', count), more, reached }
