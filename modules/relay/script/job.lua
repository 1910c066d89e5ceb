-- job.lua - something that whoever writes the archive is to do.
--
-- KEYS 1 P archive, see room.lua; 2 the jobs, a hash. ARGV 1 the channel of those
-- who write, 2 the name of the job, 3 what it is: "USER REALM UPTO ...", see
-- archive_erasing.h; UPTO 0: now.
-- Answers "1"; "0": no host has an archive.

if redis.call('EXISTS', KEYS[1]) == 0 then
    return { '0' }
end
local now = redis.call('TIME')[1] .. '999'
local job = string.gsub(ARGV[3], '^(%x+ %x+) 0 ', '%1 ' .. now .. ' ')
redis.call('HSET', KEYS[2], ARGV[2], job)
redis.call('PUBLISH', ARGV[1], 'D')
return { '1' }
