-- Makes a finished generation the one that readers use, unless someone else was quicker or the one in
-- use is further along the ledger, and frees the others: the one it replaces, and any that lost its
-- place in another way. Builds under way are left alone; they expire by themselves.
--
-- KEYS: 1 current, 2 meta, 3 board, 4 generations
-- ARGV: 1 the new generation, 2 the generation it replaces ('' for none), 3 the shard's root,
--       4 the board's name, 5 '' where it does not matter how far the one in use is
-- Answers 'in_use', 'superseded', or 'behind'.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then
    return 'superseded'
end
local new = redis.call('HMGET', KEYS[2], 'definitions', 'watermark')
if not new[1] then
    return 'superseded'
end
if ARGV[5] ~= '' then
    local old = redis.call('HMGET', ARGV[3] .. ':' .. ARGV[2] .. ':meta', 'definitions', 'watermark')
    if old[1] == new[1] and tonumber(old[2] or 0) > tonumber(new[2]) then
        return 'behind'
    end
end
-- Somebody else may have put anything there; a script that fails half-way is not undone.
if redis.call('TYPE', KEYS[4]).ok ~= 'set' then
    redis.call('UNLINK', KEYS[4])
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
return 'in_use'
