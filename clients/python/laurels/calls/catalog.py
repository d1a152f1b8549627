"""CatalogService: the levels, what each is worth and what it requires."""

from collections.abc import Iterable

from laurels.calls import values
from laurels.client.rpc import Ask, unary, walk
from laurels.v1 import catalog_service_pb2 as pb


class CatalogCalls:
    """The calls of CatalogService."""

    @unary(lambda stubs: stubs.catalog.UpsertLevels)
    def upsert_levels(
        self,
        levels: Iterable[pb.Level],
        *,
        update_mask: Iterable[str] = (),
        validate_only: bool = False,
        timeout: float | None = None,
    ) -> Ask[pb.UpsertLevelsRequest]:
        """Creates or changes levels, all or none; answers an UpsertLevelsResponse.

        Never repeated by itself: that could undo what somebody else changed in between.

        Args:
            levels: 1-1000 of them, in at most 4 MiB, each `level_id` once.
            update_mask: The fields to replace in levels that exist, for example `xp_reward`;
                empty replaces all.
            validate_only: Check and answer as if, but store nothing.
            timeout: Seconds to wait; the client's default where None.

        Raises:
            InvalidArgument: A value breaks its limits.
            Refused: PREREQUISITE_NOT_FOUND, PREREQUISITE_CYCLE, TOO_MANY_DEPENDENTS.
            MessageTooLarge: More than 4 MiB; nothing was sent.
            Unavailable, DeadlineExceeded: Nobody can tell; look with `get_level`, or repeat.
        """
        request = pb.UpsertLevelsRequest(
            levels=levels, update_mask=values.mask(update_mask), validate_only=validate_only
        )
        return Ask(request, timeout)

    @unary(lambda stubs: stubs.catalog.GetLevel)
    def get_level(self, level_id: str, *, timeout: float | None = None) -> Ask[pb.GetLevelRequest]:
        """Returns one level, retired or not, in a GetLevelResponse.

        Args:
            level_id: The level.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            NotFound: LEVEL_NOT_FOUND.
            InvalidArgument, Unavailable, DeadlineExceeded: As said with each.
        """
        return Ask(pb.GetLevelRequest(level_id=level_id), timeout)

    @unary(lambda stubs: stubs.catalog.ListLevels)
    def list_levels(
        self,
        *,
        include_retired: bool = False,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Ask[pb.ListLevelsRequest]:
        """Lists one page of the catalog, by position; answers a ListLevelsResponse.

        Args:
            include_retired: Also list retired levels.
            page_size: Levels a page; 0 means 50, more than 1000 means 1000.
            page_token: `next_page_token` of the page before; empty for the first.
            timeout: Seconds to wait, repeats included; the client's default where None.

        Raises:
            InvalidToken: The page token is not of this walk.
            InvalidArgument, Unavailable, DeadlineExceeded: As said with each.
        """
        request = pb.ListLevelsRequest(
            include_retired=include_retired, page_size=page_size, page_token=page_token
        )
        return Ask(request, timeout)

    @walk(list_levels, lambda page: page.levels)
    def iter_levels(
        self,
        *,
        include_retired: bool = False,
        page_size: int = 1000,
        timeout: float | None = None,
    ) -> Ask[pb.ListLevelsRequest]:
        """Goes through the whole catalog, by position; gives a Level each.

        Args:
            include_retired: Also give retired levels.
            page_size: Levels to ask for at a time, 1-1000.
            timeout: Seconds to wait for each page; the client's default where None.

        Raises:
            LaurelsError: As `list_levels`, on the way.
        """
        request = pb.ListLevelsRequest(include_retired=include_retired, page_size=page_size)
        return Ask(request, timeout)

    @unary(lambda stubs: stubs.catalog.RetireLevel)
    def retire_level(
        self, level_id: str, *, timeout: float | None = None
    ) -> Ask[pb.RetireLevelRequest]:
        """Closes a level to further submissions; answers a RetireLevelResponse.

        Never repeated by itself: that could undo what somebody else changed in between.

        Args:
            level_id: The level.
            timeout: Seconds to wait; the client's default where None.

        Raises:
            NotFound: LEVEL_NOT_FOUND.
            InvalidArgument: A value breaks its limits.
            Unavailable, DeadlineExceeded: Nobody can tell; look with `get_level`, or repeat.
        """
        return Ask(pb.RetireLevelRequest(level_id=level_id), timeout)
