-- Adds members to a generation that is being built. Absolute, so that it can be sent again.
--
-- KEYS: 1 meta, 2 board
-- ARGV: 1 seconds until an abandoned build disappears; then pairs of member and score
-- Answers how many members the board then has; -1 where the build is gone.
if redis.call('EXISTS', KEYS[1]) == 0 then
    return -1
end
for i = 2, #ARGV, 2 do
    redis.call('ZADD', KEYS[2], ARGV[i + 1], ARGV[i])
end
local members = redis.call('ZCARD', KEYS[2])
redis.call('HSET', KEYS[1], 'count', members)
redis.call('EXPIRE', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[1])
return members
