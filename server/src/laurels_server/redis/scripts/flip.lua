-- Makes a finished generation the one that readers use, unless someone else was quicker, and frees
-- the others: the one it replaces, and any that lost its place in another way. Builds under way are
-- left alone; they expire by themselves.
--
-- KEYS: 1 current, 2 meta, 3 board, 4 generations
-- ARGV: 1 the new generation, 2 the generation it replaces ('' for none), 3 the shard's root,
--       4 the board's name
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then
    return 0
end
if redis.call('EXISTS', KEYS[2]) == 0 then
    return 0
end
redis.call('PERSIST', KEYS[2])
redis.call('PERSIST', KEYS[3])
redis.call('SET', KEYS[1], ARGV[1])
redis.call('SADD', KEYS[4], ARGV[1], ARGV[2])
for _, name in ipairs(redis.call('SMEMBERS', KEYS[4])) do
    local meta = ARGV[3] .. ':' .. name .. ':meta'
    if name ~= ARGV[1] and redis.call('TTL', meta) < 0 then
        redis.call('UNLINK', meta, ARGV[3] .. ':' .. name .. ':' .. ARGV[4])
        redis.call('SREM', KEYS[4], name)
    end
end
return 1
