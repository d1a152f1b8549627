"""AuditService."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from laurels.v1 import audit_service_pb2 as pb
from laurels.v1.audit_service_pb2_grpc import AuditServiceServicer
from laurels_server.domain.audit import Finding, FindingKind, Phase, Progress, Summary
from laurels_server.rpc.checks import Checks
from laurels_server.rpc.times import timestamp
from laurels_server.usecases.operations import Operations

_KINDS = {kind: pb.FindingKind.Value(f"FINDING_KIND_{kind.value}") for kind in FindingKind}
_PHASES = {phase: pb.AuditPhase.Value(f"AUDIT_PHASE_{phase.value}") for phase in Phase}


class AuditServicer(AuditServiceServicer):
    """Answers operators."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    async def AuditUser(
        self, request: pb.AuditUserRequest, context: object
    ) -> pb.AuditUserResponse:
        """Checks one learner."""
        checks = Checks()
        user_id = checks.identifier("user_id", request.user_id)
        checks.done()
        findings = await self._operations.audit_user(user_id)
        return pb.AuditUserResponse(findings=[_finding(finding) for finding in findings])

    async def AuditAll(
        self, request: pb.AuditAllRequest, context: object
    ) -> AsyncGenerator[pb.AuditAllResponse]:
        """Checks everything."""
        async with aclosing(self._operations.audit_all(repair=request.repair)) as events:
            async for event in events:
                match event:
                    case Finding():
                        yield pb.AuditAllResponse(finding=_finding(event))
                    case Progress():
                        yield pb.AuditAllResponse(progress=_progress(event))
                    case Summary():
                        yield pb.AuditAllResponse(summary=_summary(event))

    async def RebuildProjection(
        self, request: pb.RebuildProjectionRequest, context: object
    ) -> AsyncGenerator[pb.RebuildProjectionResponse]:
        """Builds the copy in Redis anew."""
        async with aclosing(self._operations.rebuild("an operator asked for it")) as steps:
            async for building in steps:
                yield pb.RebuildProjectionResponse(
                    learners=building.learners, share=building.share, in_use=building.in_use
                )

    async def GetSyncStatus(
        self, request: pb.GetSyncStatusRequest, context: object
    ) -> pb.GetSyncStatusResponse:
        """Tells how far Redis is."""
        status = await self._operations.sync_status()
        return pb.GetSyncStatusResponse(
            serving=status.serving,
            reason=status.reason,
            ledger_seq=status.ledger_end.seq,
            projection_seq=status.watermark,
            lag_entries=max(0, status.ledger_end.seq - status.watermark),
            as_of=None if status.as_of is None else timestamp(status.as_of),
            members=status.members,
            generation=status.generation,
        )


def _finding(finding: Finding) -> pb.Finding:
    return pb.Finding(
        kind=_KINDS[finding.kind],
        user_id=finding.user_id,
        subject=finding.subject,
        expected=finding.expected,
        found=finding.found,
    )


def _progress(progress: Progress) -> pb.AuditProgress:
    return pb.AuditProgress(
        phase=_PHASES[progress.phase],
        share=progress.share,
        entries=progress.checked.entries,
        learners=progress.checked.learners,
        members=progress.checked.members,
    )


def _summary(summary: Summary) -> pb.AuditSummary:
    return pb.AuditSummary(
        entries=summary.checked.entries,
        learners=summary.checked.learners,
        members=summary.checked.members,
        findings=summary.findings,
        mended=summary.mended,
    )
