"""The keys of LangSmith's neighbours: what they look like, and the variables that hold them.

Sources of the formats: the rules of Gitleaks, TruffleHog, Betterleaks and Kingfisher (2026), and the SDK's own
`langsmith.anonymizer.DEFAULT_SECRET_RULES`. None of them begins like a key of LangSmith's.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

import msgspec

from lint_langsmith import lazy_re

# The special forms come before the general `sk-…`.
_FORMATS: Final = tuple(
    (provider, lazy_re.compile(pattern))
    for provider, pattern in (
        ("Anthropic", r"sk-ant-[\w-]{20,}"),
        ("Langfuse", r"(?:pk|sk)-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("OpenRouter", r"sk-or-v1-[0-9a-f]{64}"),
        (
            "OpenAI",
            r"sk-(?:proj|svcacct|admin|None)-[\w-]{20,}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}",
        ),
        ("DeepSeek", r"sk-[a-f0-9]{32}"),
        ("OpenAI", r"sk-[A-Za-z0-9]{32,}"),
        ("Tavily", r"tvly-(?:dev-|prod-)?[A-Za-z0-9-]{30,}"),
        ("Groq", r"gsk_[A-Za-z0-9]{52}"),
        ("xAI", r"xai-[\w-]{70,120}"),
        ("Perplexity", r"pplx-[A-Za-z0-9]{48}"),
        ("Together", r"tgp_v1_[\w-]{43}"),
        ("Google", r"AIza[\w-]{35}|AQ\.Ab8RN6[\w-]{44}"),
        ("Hugging Face", r"hf_[A-Za-z]{34}"),
        ("Replicate", r"r8_[A-Za-z0-9]{37}"),
        ("NVIDIA", r"nvapi-[\w-]{60,70}"),
        ("Pinecone", r"pcsk_[\w-]{30,}"),
        ("GitHub", r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,}"),
        ("AWS", r"(?:AKIA|ASIA)[A-Z0-9]{16}"),
        ("Weights & Biases", r"wandb_v1_\w{30,}"),
    )
)
VARIABLES: Final[dict[str, str]] = {
    "OPENAI_API_KEY": "OpenAI",
    "AZURE_OPENAI_API_KEY": "Azure OpenAI",
    "ANTHROPIC_API_KEY": "Anthropic",
    "CLAUDE_API_KEY": "Anthropic",
    "GOOGLE_API_KEY": "Google",
    "GEMINI_API_KEY": "Google",
    "GROQ_API_KEY": "Groq",
    "MISTRAL_API_KEY": "Mistral",
    "COHERE_API_KEY": "Cohere",
    "TOGETHER_API_KEY": "Together",
    "FIREWORKS_API_KEY": "Fireworks",
    "DEEPSEEK_API_KEY": "DeepSeek",
    "OPENROUTER_API_KEY": "OpenRouter",
    "XAI_API_KEY": "xAI",
    "PPLX_API_KEY": "Perplexity",
    "PERPLEXITY_API_KEY": "Perplexity",
    "NVIDIA_API_KEY": "NVIDIA",
    "REPLICATE_API_TOKEN": "Replicate",
    "TAVILY_API_KEY": "Tavily",
    "SERPAPI_API_KEY": "SerpAPI",
    "SERPER_API_KEY": "Serper",
    "PINECONE_API_KEY": "Pinecone",
    "VOYAGE_API_KEY": "Voyage",
    "HF_TOKEN": "Hugging Face",
    "HUGGINGFACE_API_KEY": "Hugging Face",
    "HUGGINGFACEHUB_API_TOKEN": "Hugging Face",
    "GITHUB_TOKEN": "GitHub",
    "WANDB_API_KEY": "Weights & Biases",
    "LANGFUSE_PUBLIC_KEY": "Langfuse",
    "LANGFUSE_SECRET_KEY": "Langfuse",
}
# Classes of other providers' own packages that take a key; LangChain's are in `data/neighbours.json`, which
# `tools/provider_clients.py` makes from the packages.
_CLIENTS: Final[dict[str, str]] = {
    **{
        f"openai.{name}": "OpenAI"
        for name in ("OpenAI", "AsyncOpenAI", "Client", "AsyncClient")
    },
    **{
        f"anthropic.{name}": "Anthropic"
        for name in ("Anthropic", "AsyncAnthropic", "Client", "AsyncClient")
    },
    **{f"groq.{name}": "Groq" for name in ("Groq", "AsyncGroq")},
    "tavily.TavilyClient": "Tavily",
}
# The arguments that take the key, and the arguments and variables that send it elsewhere.
KEY_ARGUMENTS: Final = frozenset(
    {"api_key", "openai_api_key", "anthropic_api_key", "groq_api_key"}
)
ELSEWHERE_ARGUMENTS: Final = frozenset(
    {
        "base_url",
        "openai_api_base",
        "anthropic_api_url",
        "openai_proxy",
        "http_client",
        "default_headers",
        "groq_api_base",
    }
)
ELSEWHERE_VARIABLES: Final = (
    "OPENAI_BASE_URL",
    "OPENAI_API_BASE",
    "ANTHROPIC_BASE_URL",
    "GROQ_BASE_URL",
)


@functools.cache
def _langchain() -> dict[str, str]:
    data = Path(__file__).with_name("data") / "neighbours.json"
    return msgspec.json.decode(data.read_bytes(), type=dict[str, str])


def client_of(qualified: str) -> str | None:
    """Whose key a class outside of the project takes, by its qualified name; None for LangSmith's and all others."""
    known = _CLIENTS.get(qualified)
    return (
        _langchain().get(qualified)
        if known is None and qualified.startswith("langchain")
        else known
    )


def provider_of(text: str) -> str | None:
    """Whose key a text is by its shape; None for LangSmith's and for everything else."""
    stripped = text.strip().strip("\"'")
    return next(
        (provider for provider, pattern in _FORMATS if pattern.fullmatch(stripped)), None
    )
