package laurels

import (
	"context"
	"iter"

	laurelsv1 "laurels.dev/go/laurels/v1"
)

// walk asks for page after page, each only when the one before was used up. An error is the last
// thing it yields.
func walk[T any](read func(token string) ([]*T, string, error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for token := ""; ; {
			items, next, err := read(token)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			token = next
		}
	}
}

// WalkLeaderboard yields a leaderboard's entries from the top, or from StartPosition.
func (c *Client) WalkLeaderboard(
	ctx context.Context, request *laurelsv1.GetLeaderboardRequest,
) iter.Seq2[*laurelsv1.LeaderboardEntry, error] {
	return walk(func(token string) ([]*laurelsv1.LeaderboardEntry, string, error) {
		page := copied(request)
		if token != "" {
			// A token carries its position; both together are refused.
			page.PageToken, page.StartPosition = token, 0
		}
		answer, err := c.Leaderboard.GetLeaderboard(ctx, page)
		return answer.GetEntries(), answer.GetNextPageToken(), err
	})
}

// WalkXpEntries yields a learner's ledger entries, newest first.
func (c *Client) WalkXpEntries(
	ctx context.Context, request *laurelsv1.ListXpEntriesRequest,
) iter.Seq2[*laurelsv1.XpEntry, error] {
	return walk(func(token string) ([]*laurelsv1.XpEntry, string, error) {
		page := copied(request)
		if token != "" {
			page.PageToken = token
		}
		answer, err := c.Xp.ListXpEntries(ctx, page)
		return answer.GetEntries(), answer.GetNextPageToken(), err
	})
}

// WalkLevels yields the levels of the catalog, in order.
func (c *Client) WalkLevels(
	ctx context.Context, request *laurelsv1.ListLevelsRequest,
) iter.Seq2[*laurelsv1.Level, error] {
	return walk(func(token string) ([]*laurelsv1.Level, string, error) {
		page := copied(request)
		if token != "" {
			page.PageToken = token
		}
		answer, err := c.Catalog.ListLevels(ctx, page)
		return answer.GetLevels(), answer.GetNextPageToken(), err
	})
}

// WalkProgress yields a learner's status on every level, in the catalog's order.
func (c *Client) WalkProgress(
	ctx context.Context, request *laurelsv1.ListProgressRequest,
) iter.Seq2[*laurelsv1.LevelProgress, error] {
	return walk(func(token string) ([]*laurelsv1.LevelProgress, string, error) {
		page := copied(request)
		if token != "" {
			page.PageToken = token
		}
		answer, err := c.Progress.ListProgress(ctx, page)
		return answer.GetLevels(), answer.GetNextPageToken(), err
	})
}
