-- Makes a finished generation the one that readers use, unless someone else was quicker.
--
-- KEYS: 1 current, 2 meta, 3 board
-- ARGV: 1 the new generation, 2 the generation it replaces ('' for none)
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then
    return 0
end
if redis.call('EXISTS', KEYS[2]) == 0 then
    return 0
end
redis.call('PERSIST', KEYS[2])
redis.call('PERSIST', KEYS[3])
redis.call('SET', KEYS[1], ARGV[1])
return 1
