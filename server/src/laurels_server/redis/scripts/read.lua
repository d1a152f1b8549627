-- Any number of reads of a board and what they are complete up to, all as one moment.
--
-- KEYS: 1 the shard's root
-- ARGV: 1 board, then the reads one after the other, each of these:
--       'from', how many places to skip, page size
--       'after', the rank key and the member of the place to continue after, page size
--       'standing', member, neighbours on each side
-- Answers {definitions, watermark, as_of, count, members, read, ...}, or {}. A read is
-- {skipped, better, {member, score, ...}}: the run of entries that begins after `skipped`. That of
-- a standing goes on with lesser and the learner's index in the run, -1 without a place.
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

-- How many have more XP, or less, than a score stands for: its XP is the first 29 bits, and the
-- rank keys of whole XP values are below 2^53, so exact.
local function count_better(score)
    local next_xp = (math.floor(tonumber(score) / 16777216) + 1) * 16777216
    return redis.call('ZCOUNT', board, string.format('%.0f', next_xp), '+inf')
end

local function count_lesser(score)
    local this_xp = math.floor(tonumber(score) / 16777216) * 16777216
    return redis.call('ZCOUNT', board, '-inf', '(' .. string.format('%.0f', this_xp))
end

local function run(skipped, size)
    local entries = redis.call('ZREVRANGE', board, skipped, skipped + size - 1, 'WITHSCORES')
    return {skipped, #entries > 0 and count_better(entries[2]) or 0, entries}
end

local function places_up_to(rank_key, member)
    if redis.call('ZSCORE', board, member) == rank_key then
        return redis.call('ZREVRANK', board, member) + 1
    end
    -- Whoever stood there has moved. Among those with the same score, members descend: search for
    -- the first one below.
    local low = redis.call('ZCOUNT', board, '(' .. rank_key, '+inf')
    local high = low + redis.call('ZCOUNT', board, rank_key, rank_key)
    while low < high do
        local middle = math.floor((low + high) / 2)
        if redis.call('ZREVRANGE', board, middle, middle)[1] >= member then
            low = middle + 1
        else
            high = middle
        end
    end
    return low
end

local function standing(member, neighbors)
    local place = redis.call('ZREVRANK', board, member)
    if not place then
        return {0, 0, {}, 0, -1}
    end
    local skipped = math.max(0, place - neighbors)
    local read = run(skipped, place + neighbors - skipped + 1)
    read[4] = count_lesser(read[3][2 * (place - skipped) + 2])
    read[5] = place - skipped
    return read
end

local members = redis.call('ZCARD', board)
local answer = {meta[1], meta[2], meta[3], meta[4], members}
local at = 2
while at <= #ARGV do
    local read
    if ARGV[at] == 'from' then
        read = run(tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]))
        at = at + 3
    elseif ARGV[at] == 'after' then
        read = run(places_up_to(ARGV[at + 1], ARGV[at + 2]), tonumber(ARGV[at + 3]))
        at = at + 4
    else
        read = standing(ARGV[at + 1], tonumber(ARGV[at + 2]))
        at = at + 3
    end
    answer[#answer + 1] = read
end
return answer
