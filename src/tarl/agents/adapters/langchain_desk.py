"""What nodes of LangGraph and chains of LangChain act with inside a run: chat models and tools,
each answer and each use one step of the run.

Needs ``tarl[langgraph]``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tarl.agents.adapters.chat_messages import calls_of, message_of, schema_of
from tarl.agents.desk import desk
from tarl.agents.model import Model, ModelRequest
from tarl.errors import ActivityFailed, Denied, Invalid, Unavailable
from tarl.kernel.aims import Access
from tarl.kernel.definition import Activity
from tarl.values.plain import plain

try:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from langchain_core.exceptions import OutputParserException
    from langchain_core.language_models import BaseChatModel, LanguageModelInput
    from langchain_core.messages import AIMessage, BaseMessage, convert_to_openai_messages
    from langchain_core.output_parsers.openai_tools import make_invalid_tool_call, parse_tool_call
    from langchain_core.outputs import ChatGeneration, ChatResult
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool, StructuredTool
    from langchain_core.utils.function_calling import convert_to_openai_tool
    from pydantic import ConfigDict, TypeAdapter
except ImportError as error:
    raise Unavailable(
        "LangGraph is not installed",
        code="extra.missing",
        next_step="pip install 'tarl[langgraph]'",
    ) from error

_ANYTHING = TypeAdapter(Any)


class DeskChat(BaseChatModel):
    """A model of tarl as a chat model of LangChain; each answer is one step of the run."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    model: Any
    cache: Any = False

    @property
    def _llm_type(self) -> str:
        return "tarl"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise Invalid(
            "a recorded model is asked with await",
            code="adapter.not_awaited",
            next_step="write the node as `async def`, and `await model.ainvoke(...)`",
        )

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        model: Model = self.model
        request = ModelRequest(
            model=model.name,
            messages=tuple(message_of(each) for each in convert_to_openai_messages(messages)),
            tools=tuple(schema_of(tool) for tool in kwargs.get("tools", ())),
            temperature=kwargs.get("temperature"),
            tokens_max=kwargs.get("max_tokens"),
            stop=tuple(stop or ()),
        )
        response = await desk().complete(model, request)
        usage = response.usage
        read, unread = _read_calls(calls_of(response.message.tool_calls))
        answer = AIMessage(
            content=response.message.content,
            tool_calls=read,
            invalid_tool_calls=unread,
            usage_metadata={
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
                "total_tokens": usage.tokens,
            },
            response_metadata={"model_name": response.model, "finish_reason": response.finish},
        )
        return ChatResult(generations=[ChatGeneration(message=answer)])

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model, told about tools."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)


def chat(model: Model) -> DeskChat:
    """A model of tarl for the nodes of a graph inside a run."""
    return DeskChat(model=model)


def recorded(
    tool: BaseTool | Callable[..., Any],
    *,
    needs: Sequence[str] = (),
    access: Access = "write",
    untrusted: bool = False,
) -> BaseTool:
    """A tool whose every use is one step of the run.

    Args:
        tool: LangChain's tool, or a function.
        needs: The capabilities that it takes; ``call.tool.<name>`` when left out.
        access: ``read`` for one that changes nothing.
        untrusted: Whether what it answers may hold what strangers wrote.
    """
    inner = tool if isinstance(tool, BaseTool) else StructuredTool.from_function(tool)

    async def use(arguments: dict[str, Any]) -> Any:
        return as_json(await inner.ainvoke(arguments))

    activity = Activity(
        use,
        name=f"tool.{inner.name}",
        needs=tuple(needs),
        access=access,
        untrusted=untrusted,
    )

    async def used(**arguments: Any) -> Any:
        try:
            return await desk().use(activity, {"arguments": plain(as_json(arguments))})
        except (ActivityFailed, Denied) as error:
            return f"error: {error.message}"

    return StructuredTool.from_function(
        coroutine=used,
        name=inner.name,
        description=inner.description,
        args_schema=inner.args_schema,
        infer_schema=False,
    )


def as_json(value: Any) -> Any:
    """What a library gave, as JSON values: its messages and models as they dump themselves."""
    return plain(_ANYTHING.dump_python(value, mode="json"))


def _read_calls(calls: Sequence[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    read, unread = [], []
    for call in calls:
        try:
            read.append(parse_tool_call(call, return_id=True))
        except OutputParserException as error:
            unread.append(make_invalid_tool_call(call, str(error)))
    return read, unread
