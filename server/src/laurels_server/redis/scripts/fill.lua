-- Adds a part of its members to a generation that is being built. A part that was added before changes
-- nothing, however late it comes again: newer scores may stand there by then.
--
-- KEYS: 1 meta, 2 board
-- ARGV: 1 seconds until an abandoned build disappears; 2 the part's number, 1 for the first; then pairs
--       of score and member
-- Answers how many members the board then has; -1 where the build is gone.
if redis.call('EXISTS', KEYS[1]) == 0 then
    return -1
end
local filled = tonumber(redis.call('HGET', KEYS[1], 'filled') or 0)
if #ARGV > 2 and tonumber(ARGV[2]) > filled then
    redis.call('ZADD', KEYS[2], unpack(ARGV, 3))
    redis.call('HSET', KEYS[1], 'count', redis.call('ZCARD', KEYS[2]), 'filled', ARGV[2])
    redis.call('EXPIRE', KEYS[1], ARGV[1])
    redis.call('EXPIRE', KEYS[2], ARGV[1])
end
return redis.call('ZCARD', KEYS[2])
