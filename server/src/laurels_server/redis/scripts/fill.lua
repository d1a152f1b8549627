-- Adds members to a generation that is being built, in the order of members. A part that was added
-- before changes nothing, however late it comes again: newer scores may stand there by then.
--
-- KEYS: 1 meta, 2 board
-- ARGV: 1 seconds until an abandoned build disappears; then pairs of member and score
-- Answers how many members the board then has; -1 where the build is gone.
if redis.call('EXISTS', KEYS[1]) == 0 then
    return -1
end
local filled = redis.call('HGET', KEYS[1], 'filled') or ''
if #ARGV > 1 and ARGV[2] > filled then
    for i = 2, #ARGV, 2 do
        redis.call('ZADD', KEYS[2], ARGV[i + 1], ARGV[i])
    end
    redis.call('HSET', KEYS[1], 'count', redis.call('ZCARD', KEYS[2]), 'filled', ARGV[#ARGV - 1])
    redis.call('EXPIRE', KEYS[1], ARGV[1])
    redis.call('EXPIRE', KEYS[2], ARGV[1])
end
return redis.call('ZCARD', KEYS[2])
