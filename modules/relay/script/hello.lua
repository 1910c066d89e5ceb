-- hello.lua - what all hosts share, for one that has just connected.
--
-- KEYS 1 the secret, 2 since when every room is known, 3 the hosts, 4 P archive
-- (room.lua). ARGV 1 the secret of this host, which counts when there is none,
-- "": it has none to offer yet; 2 the host; 3 "1" or "0": there is an archive,
-- and acks wait for that or not, "": it knows of none; 4 "1": it has been told
-- so, but has none itself.
-- Where there is an archive, only who knows of it offers a secret: it is to be
-- that of what is written there. And no ack goes without it from now on, even
-- if this Redis has lost that there is one.
-- Since when is kept as "SINCE RUN": what another process of Redis, or one that
-- has come back, knew from then on it may have lost.
-- Answers SECRET (empty: there is none), SINCE, RUN, ARCHIVE ("": none).

local DAY = 86400000
local ARCHIVE = 30 * DAY -- as its writer says it

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or '-'
local since, of = string.match(redis.call('GET', KEYS[2]) or '', '^(%S+) (%S+)')
-- What a host was told counts where this Redis may have lost it: else somebody
-- has deleted it.
if ARGV[3] ~= '' and (ARGV[4] ~= '1' or of ~= run) then
    local set = { 'SET', KEYS[4], ARGV[3], 'PX', ARCHIVE }
    set[6] = ARGV[4] == '1' and 'NX' or nil
    redis.call(unpack(set))
end
if ARGV[1] ~= ''
   and (ARGV[3] ~= '' or redis.call('EXISTS', KEYS[4]) == 0) then
    redis.call('SET', KEYS[1], ARGV[1], 'NX')
end
if of ~= run then
    since = string.format('%.0f-0', now)
    redis.call('SET', KEYS[2], since .. ' ' .. run)
end
-- Those that came back under another name.
local hosts = redis.call('HGETALL', KEYS[3])
for i = 1, #hosts, 2 do
    if (tonumber(hosts[i + 1]) or 0) < now - DAY then
        redis.call('HDEL', KEYS[3], hosts[i])
    end
end
redis.call('HSET', KEYS[3], ARGV[2], string.format('%.0f', now))
return { redis.call('GET', KEYS[1]) or '', since, run,
         redis.call('GET', KEYS[4]) or '' }
