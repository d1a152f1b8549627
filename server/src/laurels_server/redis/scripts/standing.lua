-- One learner's place, the neighbours around it, and what they are complete up to, as one moment.
--
-- KEYS: 1 the shard's root
-- ARGV: 1 board, 2 member, 3 neighbours on each side
-- Answers {definitions, watermark, as_of, count, members, skipped, better, lesser, place,
-- member, score, ...} with the run of entries that begins after `skipped` and the learner's index
-- in it, -1 without a place; or {}.
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
local members = redis.call('ZCARD', board)
local place = redis.call('ZREVRANK', board, ARGV[2])
if not place then
    return {meta[1], meta[2], meta[3], meta[4], members, 0, 0, 0, -1}
end
local skipped = math.max(0, place - tonumber(ARGV[3]))
local entries = redis.call('ZREVRANGE', board, skipped, place + tonumber(ARGV[3]), 'WITHSCORES')
-- Rank keys of whole XP values; below 2^53, so exact.
local function floor_key(score, more)
    local xp = math.floor(tonumber(score) / 16777216) + more
    return string.format('%.0f', xp * 16777216)
end
local mine = redis.call('ZSCORE', board, ARGV[2])
local better = redis.call('ZCOUNT', board, floor_key(entries[2], 1), '+inf')
local lesser = redis.call('ZCOUNT', board, '-inf', '(' .. floor_key(mine, 0))
local answer = {meta[1], meta[2], meta[3], meta[4], members, skipped, better, lesser,
    place - skipped}
for i = 1, #entries do
    answer[9 + i] = entries[i]
end
return answer
