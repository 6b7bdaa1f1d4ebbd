"""The few sentences of the hub's own pages, in English and in Chinese."""

from __future__ import annotations

_WORDS = {
    "environments": ("Environments", "环境"),
    "training": ("Training", "训练"),
    "data": ("Data", "数据"),
    "sign_in": ("Sign in", "登录"),
    "sign_out": ("Sign out", "退出"),
    "person": ("Name", "用户名"),
    "password": ("Password", "密码"),
    "wrong": ("This name and password do not belong together.", "用户名或密码不正确。"),
    "alone": (
        "This machine runs environments without sandboxes, so one person only may sign in: {name}.",
        "本机在没有沙箱的情况下运行环境，因此只允许一个人登录：{name}。",
    ),
    "expired": ("The page was open for too long. Sign in again.", "页面已过期，请重新登录。"),
    "not_running": ("This environment is not running", "该环境未在运行"),
    "start_it": ("Start it from your environments.", "请在环境列表中启动。"),
    "to_environments": ("To the environments", "前往环境列表"),
}


def language_of(accept: str) -> str:
    """The language for an `Accept-Language` header: the first that we speak, else English."""
    for part in accept.split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en"
    return "en"


def of(language: str) -> dict[str, str]:
    """All words in `language`; `lang` names it."""
    index = 1 if language == "zh-CN" else 0
    return {"lang": language, **{name: pair[index] for name, pair in _WORDS.items()}}
