-- Moves a generation from one watermark to the next, or does nothing at all.
--
-- KEYS: 1 meta, 2 board, 3 current
-- ARGV: 1 definitions, 2 watermark and 3 its recorded_at, as the caller believes they are;
--       4 and 5 the same, as they shall be; 6 as_of; 7 the generation's name where it must be the one
--       that readers use, else ''; 8 how many members to take off the board, and those; then pairs of
--       score and member.
-- Scores stay strings from end to end: a Lua number would round what Redis keeps exactly.
-- Answers 'applied', 'superseded' (someone else moved or replaced it) or 'damaged' (members are missing).
local meta = redis.call('HMGET', KEYS[1],
    'definitions', 'watermark', 'watermark_recorded_at', 'count')
if meta[1] ~= ARGV[1] or meta[2] ~= ARGV[2] or meta[3] ~= ARGV[3] then
    return 'superseded'
end
if ARGV[7] ~= '' and redis.call('GET', KEYS[3]) ~= ARGV[7] then
    return 'superseded'
end
if meta[4] ~= tostring(redis.call('ZCARD', KEYS[2])) then
    return 'damaged'
end
local last_off = 8 + tonumber(ARGV[8])
if last_off > 8 then
    redis.call('ZREM', KEYS[2], unpack(ARGV, 9, last_off))
end
if #ARGV > last_off then
    redis.call('ZADD', KEYS[2], unpack(ARGV, last_off + 1))
end
-- The first member of a generation still being built makes its board, which must not outlive it.
local left = redis.call('TTL', KEYS[1])
if left >= 0 then
    redis.call('EXPIRE', KEYS[2], left)
end
-- as_of may go back a little, when a late pass finds nothing to move: what it says stays true. After
-- the database's clock was set back, an older one would not be.
redis.call('HSET', KEYS[1],
    'watermark', ARGV[4], 'watermark_recorded_at', ARGV[5], 'as_of', ARGV[6],
    'count', redis.call('ZCARD', KEYS[2]))
return 'applied'
