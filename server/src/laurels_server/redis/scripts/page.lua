-- A page of a board and what it is complete up to, as one moment.
--
-- KEYS: 1 the shard's root
-- ARGV: 1 board, 2 page size, then either 3 'from' and 4 how many places to skip,
--       or 3 'after', 4 the rank key and 5 the member of the place to continue after
-- Answers {definitions, watermark, as_of, count, members, skipped, better, member, score, ...}, or {}.
local generation = redis.call('GET', KEYS[1] .. ':current')
if not generation then
    return {}
end
local root = KEYS[1] .. ':' .. generation .. ':'
local board = root .. ARGV[1]
local meta = redis.call('HMGET', root .. 'meta', 'definitions', 'watermark', 'as_of', 'count')
if not meta[1] then
    return {}
end
local size = tonumber(ARGV[2])

local skipped
if ARGV[3] == 'from' then
    skipped = tonumber(ARGV[4])
elseif redis.call('ZSCORE', board, ARGV[5]) == ARGV[4] then
    skipped = redis.call('ZREVRANK', board, ARGV[5]) + 1
else
    -- Whoever stood there has moved. Among those with the same score, members descend: search for
    -- the first one below.
    local low = redis.call('ZCOUNT', board, '(' .. ARGV[4], '+inf')
    local high = low + redis.call('ZCOUNT', board, ARGV[4], ARGV[4])
    while low < high do
        local middle = math.floor((low + high) / 2)
        if redis.call('ZREVRANGE', board, middle, middle)[1] >= ARGV[5] then
            low = middle + 1
        else
            high = middle
        end
    end
    skipped = low
end

local entries = redis.call('ZREVRANGE', board, skipped, skipped + size - 1, 'WITHSCORES')
local better = 0
if #entries > 0 then
    -- Rank keys of the next XP upwards; below 2^53, so exact.
    local next_xp = (math.floor(tonumber(entries[2]) / 16777216) + 1) * 16777216
    better = redis.call('ZCOUNT', board, string.format('%.0f', next_xp), '+inf')
end
local answer = {meta[1], meta[2], meta[3], meta[4], redis.call('ZCARD', board), skipped, better}
for i = 1, #entries do
    answer[7 + i] = entries[i]
end
return answer
