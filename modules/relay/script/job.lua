-- job.lua - something that whoever writes the archive is to do.
--
-- KEYS 1 P archive, see room.lua; 2 the jobs, a hash. ARGV 1 the channel of those
-- who write, 2 the name of the job, 3 what it is.
-- Answers "1"; "0": no host has an archive.

if redis.call('EXISTS', KEYS[1]) == 0 then
    return { '0' }
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('PUBLISH', ARGV[1], 'D')
return { '1' }
