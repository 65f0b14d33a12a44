"""Spans of OpenTelemetry about runs on Temporal: whoever starts one, the run, and its steps.

``StartWorkflow:<workflow>`` of the client is the parent of ``RunWorkflow``, ``StartActivity``,
``StartChildWorkflow`` and ``CompleteWorkflow``; ``StartActivity`` is that of ``RunActivity``, one
for each attempt, in which the step's own spans lie. They are named as Temporal's own are.

1. What a workflow does is a span without length: the run may go on in another process. A replay
   makes none. A task that its worker did not live to report may have made its spans already; a
   local activity that is then done once more is told with both its spans.
2. The parents travel in Temporal's headers, as ``traceparent`` alone: no baggage.
3. A span holds names, ids and the types of errors; nothing that was said. Sealed tenants' errors
   stay sealed.
4. Who was started without a span has none; a schedule's run begins a trace of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import msgspec
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from temporalio import activity, client, worker, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.exceptions import CancelledError as Cancelled

from tarl.engines.temporal import wire
from tarl.errors import Invalid

HEADER = "_tracer-data"
"""Where Temporal's own interceptors put it too."""

AGAIN = "tarl-tracer-again"
"""The run's own parent, for a local activity that a replay asks for: it is done only if its task
was not reported.
"""

WAITS = frozenset({"approval.pending", "step.held", "step.taken"})
"""Attempts that ended before anything was done: they are no spans, or an hour's wait were
thousands.
"""

Headers = Mapping[str, Payload]

_propagator = TraceContextTextMapPropagator()


def traced(connected: Client, provider: TracerProvider | None = None) -> Client:
    """The client with spans, and so are workers that use it; by the program's own provider when
    left out.

    Raises:
        Invalid: the program has none (``tracing.no_provider``).
    """
    if provider is None and isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        raise Invalid(
            "spans are wanted, and nobody has said where to",
            code="tracing.no_provider",
            next_step="opentelemetry.trace.set_tracer_provider before, or begin the command with"
            " opentelemetry-instrument",
        )
    tracer = trace.get_tracer("tarl", tracer_provider=provider)
    config = connected.config()
    config["interceptors"] = [*config["interceptors"], Tracing(tracer)]
    return Client(**config)


class Tracing(client.Interceptor, worker.Interceptor):
    """Makes the spans of a client and its workers."""

    def __init__(self, tracer: Tracer) -> None:
        super().__init__()
        self._tracer = tracer

    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:
        """See ``temporalio.client.Interceptor``."""
        return _Asking(next, self._tracer)

    def intercept_activity(
        self, next: worker.ActivityInboundInterceptor
    ) -> worker.ActivityInboundInterceptor:
        """See ``temporalio.worker.Interceptor``."""
        return _Attempts(next, self._tracer)

    def workflow_interceptor_class(
        self, input: worker.WorkflowInterceptorClassInput
    ) -> type[worker.WorkflowInboundInterceptor]:
        """See ``temporalio.worker.Interceptor``."""
        return type("TracedRun", (_Run,), {"tracer": self._tracer})


# --- who asks


class _Asking(client.OutboundInterceptor):
    def __init__(self, next: client.OutboundInterceptor, tracer: Tracer) -> None:
        super().__init__(next)
        self._tracer = tracer

    async def start_workflow(
        self, input: client.StartWorkflowInput
    ) -> client.WorkflowHandle[Any, Any]:
        with self._span(f"StartWorkflow:{input.workflow}", input):
            return await super().start_workflow(input)

    async def signal_workflow(self, input: client.SignalWorkflowInput) -> None:
        with self._span(f"SignalWorkflow:{input.signal}", input):
            await super().signal_workflow(input)

    async def query_workflow(self, input: client.QueryWorkflowInput) -> Any:
        with self._span(f"QueryWorkflow:{input.query}", input):
            return await super().query_workflow(input)

    async def start_workflow_update(
        self, input: client.StartWorkflowUpdateInput
    ) -> client.WorkflowUpdateHandle[Any]:
        with self._span(f"StartWorkflowUpdate:{input.update}", input):
            return await super().start_workflow_update(input)

    @contextmanager
    def _span(self, name: str, input: Any) -> Iterator[None]:
        ids = {"temporalWorkflowID": input.id}
        with _current(self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=ids)) as span:
            input.headers = _with_parent(input.headers, span)
            yield


# --- an attempt at a step


class _Attempts(worker.ActivityInboundInterceptor):
    def __init__(self, next: worker.ActivityInboundInterceptor, tracer: Tracer) -> None:
        super().__init__(next)
        self._tracer = tracer

    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:
        info = activity.info()
        if info.activity_type in wire.OWN:
            return await super().execute_activity(input)
        ids = {
            "temporalWorkflowID": info.workflow_id or "",
            "temporalRunID": info.workflow_run_id or "",
        }
        asked, parent = None, _parent(input.headers)
        if AGAIN in input.headers:
            asked = self._tracer.start_span(
                f"StartActivity:{info.activity_type}",
                context=_parent(input.headers, AGAIN),
                kind=SpanKind.CLIENT,
                attributes=ids,
            )
            parent = trace.set_span_in_context(asked)
        span = self._tracer.start_span(
            f"RunActivity:{info.activity_type}",
            context=parent or Context(),
            kind=SpanKind.SERVER,
            attributes={
                **ids,
                "temporalActivityID": info.activity_id,
                "temporalAttempt": info.attempt,
            },
        )
        with _current(span, asked=asked):
            return await super().execute_activity(input)


# --- a run


class _Run(worker.WorkflowInboundInterceptor):
    tracer: Tracer
    """Of the class that is made for a worker."""

    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        super().init(_Commands(outbound, self))

    async def execute_workflow(self, input: worker.ExecuteWorkflowInput) -> Any:
        name = workflow.info().workflow_type
        self.note(f"RunWorkflow:{name}", SpanKind.SERVER)
        try:
            result = await super().execute_workflow(input)
        except FailureError as error:  # others fail the task, which is tried again
            self.note(f"CompleteWorkflow:{name}", SpanKind.INTERNAL, error=error)
            raise
        self.note(f"CompleteWorkflow:{name}", SpanKind.INTERNAL)
        return result

    async def handle_signal(self, input: worker.HandleSignalInput) -> None:
        self.note(f"HandleSignal:{input.signal}", SpanKind.SERVER, asked=input.headers)
        await super().handle_signal(input)

    async def handle_update_handler(self, input: worker.HandleUpdateInput) -> Any:
        self.note(f"HandleUpdate:{input.update}", SpanKind.SERVER, asked=input.headers)
        return await super().handle_update_handler(input)

    def note(
        self,
        name: str,
        kind: SpanKind,
        *,
        asked: Headers | None = None,
        error: Exception | None = None,
        begins: bool = False,
    ) -> Span | None:
        """A span without length about what the run does, linked with that of who asked for it; None
        in a replay, and in a run without a parent unless the span is to begin a trace.
        """
        info = workflow.info()
        parent = _parent(info.headers)
        if workflow.unsafe.is_replaying() or (parent is None and not begins):
            return None
        at_ns = workflow.time_ns()
        span = self.tracer.start_span(
            name,
            context=parent or Context(),
            kind=kind,
            attributes={"temporalWorkflowID": info.workflow_id, "temporalRunID": info.run_id},
            links=_links(asked),
            start_time=at_ns,
        )
        _judge(span, error)
        span.end(end_time=at_ns)
        return span


class _Commands(worker.WorkflowOutboundInterceptor):
    def __init__(self, next: worker.WorkflowOutboundInterceptor, run: _Run) -> None:
        super().__init__(next)
        self._run = run

    def start_activity(self, input: worker.StartActivityInput) -> workflow.ActivityHandle[Any]:
        self._asked_for(input)
        return super().start_activity(input)

    def start_local_activity(
        self, input: worker.StartLocalActivityInput
    ) -> workflow.ActivityHandle[Any]:
        self._asked_for(input)
        known = workflow.info().headers
        if workflow.unsafe.is_replaying() and HEADER in known:
            input.headers = {**input.headers, AGAIN: known[HEADER]}
        return super().start_local_activity(input)

    async def start_child_workflow(
        self, input: worker.StartChildWorkflowInput
    ) -> workflow.ChildWorkflowHandle[Any, Any]:
        name = f"StartChildWorkflow:{input.workflow}"
        span = self._run.note(name, SpanKind.CLIENT, begins=True)
        if span is not None:
            input.headers = _with_parent(input.headers, span)
        return await super().start_child_workflow(input)

    def continue_as_new(self, input: worker.ContinueAsNewInput) -> NoReturn:
        known = workflow.info().headers
        if HEADER in known:
            input.headers = {**input.headers, HEADER: known[HEADER]}
        super().continue_as_new(input)

    def _asked_for(self, input: Any) -> None:
        if input.activity in wire.OWN:
            return
        span = self._run.note(f"StartActivity:{input.activity}", SpanKind.CLIENT)
        if span is not None:
            input.headers = _with_parent(input.headers, span)


# --- spans


@contextmanager
def _current(span: Span, *, asked: Span | None = None) -> Iterator[Span]:
    """The span around what is done meanwhile, and that of who asked for it, if that has not been
    told; an attempt that only waited is none.
    """
    with trace.use_span(span, record_exception=False, set_status_on_exception=False):
        try:
            yield span
        except BaseException as error:
            if isinstance(error, ApplicationError) and error.type in WAITS:
                raise  # a span that is never ended is not told
            _judge(span, error)
            _end(asked, span)
            raise
    _end(asked, span)


def _end(*spans: Span | None) -> None:
    for span in spans:
        if span is not None:
            span.end()


def _judge(span: Span, error: BaseException | None) -> None:
    """Say of which type an error was; what was cancelled is none."""
    if isinstance(error, Exception) and not isinstance(error, Cancelled):
        name = isinstance(error, ApplicationError) and error.type
        span.set_status(Status(StatusCode.ERROR, name or type(error).__name__))


def _with_parent(headers: Headers, span: Span) -> Headers:
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, trace.set_span_in_context(span))
    if not carrier:
        return headers
    return {**headers, HEADER: wire.raw(msgspec.json.encode(carrier)).payload}


def _parent(headers: Headers, name: str = HEADER) -> Context | None:
    payload = headers.get(name)
    if payload is None:
        return None
    return _propagator.extract(msgspec.json.decode(payload.data, type=dict[str, str]))


def _links(asked: Headers | None) -> list[Link]:
    context = None if asked is None else _parent(asked)
    return [] if context is None else [Link(trace.get_current_span(context).get_span_context())]
