-- Scores of members and what they are complete up to, as one moment.
--
-- KEYS: 1 the shard's root
-- ARGV: 1 board, then members
-- Answers {generation, definitions, watermark, as_of, count, members, score, ...} with '' for a
-- member that is not there; or {}.
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
local answer = {generation, meta[1], meta[2], meta[3], meta[4], redis.call('ZCARD', board)}
for i = 2, #ARGV do
    answer[5 + i] = redis.call('ZSCORE', board, ARGV[i]) or ''
end
return answer
