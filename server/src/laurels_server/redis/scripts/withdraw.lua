-- Takes a generation away from readers, unless someone else already replaced it.
--
-- KEYS: 1 current; ARGV: 1 the generation
if redis.call('GET', KEYS[1]) == ARGV[1] then
    redis.call('DEL', KEYS[1])
    return 1
end
return 0
