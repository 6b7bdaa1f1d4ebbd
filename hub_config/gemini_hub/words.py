"""The sentences of the hub's own pages, in English and in Chinese, and in which of the two a person reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

COOKIE = "gemini-language"
"""What a person chose on any of the pages; the pages of the control plane read and write it as well."""
LANGUAGES = ("en", "zh-CN")

_WORDS = {
    "skip": ("Skip to the content", "跳到正文"),
    "main": ("Main", "主导航"),
    "environments": ("Environments", "环境"),
    "training": ("Training", "训练"),
    "data": ("Data", "数据"),
    "operation": ("Operations", "运营"),
    "tokens": ("Tokens", "令牌"),
    "theme": ("Light or dark theme", "浅色或深色主题"),
    "details": ("Details", "详细信息"),
    # Signing in and out
    "sign_in": ("Sign in", "登录"),
    "sign_in_with": ("Sign in with {service}", "使用 {service} 登录"),
    "sign_out": ("Sign out", "退出登录"),
    "signed_out": ("You are signed out", "您已退出登录"),
    "signed_out_more": (
        "Environments and tasks go on running. Sign in again to see them.",
        "开发环境和任务会继续运行，重新登录即可查看。",
    ),
    "person": ("Name", "用户名"),
    "password": ("Password", "密码"),
    "show": ("Show", "显示"),
    "show_password": ("Show the password", "显示密码"),
    "wrong": ("This name and password do not belong together.", "用户名或密码不正确。"),
    "alone": (
        "This machine runs environments without sandboxes, so one person only may sign in: {name}.",
        "本机在没有沙箱的情况下运行环境，因此只允许一个人登录：{name}。",
    ),
    "expired": ("The page was open for too long. Sign in again.", "页面已过期，请重新登录。"),
    "sign_in_failed": ("That did not work. Try again.", "登录失败，请重试。"),
    # Environments
    "not_running": ("This environment is not running", "该环境未在运行"),
    "start_failed": ("This environment could not be started", "该环境启动失败"),
    "start_it": ("Start it on its page; it says what it waits for.", "请在环境页面启动，页面会显示启动进度。"),
    "start_again": (
        "Its page says why and what to do, and starts it again.",
        "环境页面会说明原因和处理办法，也可在那里重新启动。",
    ),
    "to_environment": ("To the environment", "前往该环境"),
    "to_environments": ("To the environments", "前往环境列表"),
    "starting": ("The environment is starting", "环境正在启动"),
    "starting_more": ("It opens by itself when it is ready.", "就绪后会自动打开。"),
    "stopping": ("The environment is stopping", "环境正在停止"),
    "stopping_more": (
        "It can be started again once all its processes have ended.",
        "所有进程结束后即可重新启动。",
    ),
    "progress": ("Progress", "进度"),
    # Tokens
    "tokens_more": (
        "A token lets a program act as you, without your password. Keep it as you keep a password.",
        "令牌让程序无需密码即可代表您操作，请像密码一样妥善保管。",
    ),
    "new_token": ("New token", "新建令牌"),
    "token_for": ("What it is for", "用途"),
    "token_cli": ("Command line and scripts of Gemini", "Gemini 命令行和脚本"),
    "token_cli_more": (
        "For gemini login and gemini_client: environments, data, training and costs, as you.",
        "用于 gemini login 和 gemini_client：以您的身份使用环境、数据、训练和费用。",
    ),
    "token_all": ("Everything you may do at the hub", "您在 Hub 的全部权限"),
    "token_all_more": (
        "For programs that use the API of JupyterHub itself. Make one only where you need it.",
        "用于直接调用 JupyterHub API 的程序，仅在需要时创建。",
    ),
    "token_note": ("Note", "备注"),
    "token_note_more": ("By it you find the token again, for example the computer's name.", "便于辨认，例如电脑名称。"),
    "token_note_default": ("gemini command line", "gemini 命令行"),
    "token_ends": ("Valid for", "有效期"),
    "hour": ("1 hour", "1 小时"),
    "day": ("1 day", "1 天"),
    "week": ("1 week", "1 周"),
    "month": ("30 days", "30 天"),
    "year": ("1 year", "1 年"),
    "longest": ("As long as is allowed", "允许的最长时间"),
    "never": ("Never", "从未"),
    "unlimited": ("Until it is revoked", "直到撤销"),
    "make_token": ("Make token", "创建令牌"),
    "token_made": ("Your new token", "您的新令牌"),
    "token_once": (
        "Copy it now: it is shown this once. Then run gemini login and paste it.",
        "请立即复制，令牌只显示这一次。然后运行 gemini login 并粘贴。",
    ),
    "copy_it": ("Copy", "复制"),
    "copied": ("Copied", "已复制"),
    "token_failed": ("The token could not be made.", "令牌创建失败。"),
    "your_tokens": ("Your tokens", "您的令牌"),
    "no_tokens": ("No token yet.", "还没有令牌。"),
    "permissions": ("Permissions", "权限"),
    "used": ("Last used", "最近使用"),
    "created": ("Created", "创建时间"),
    "ends": ("Valid until", "有效期至"),
    "actions": ("Actions", "操作"),
    "revoke": ("Revoke", "撤销"),
    "revoke_sure": ("Revoke {name}? Whatever uses it is signed out at once.", "撤销 {name}？使用它的程序将立即失效。"),
    "revoke_failed": ("It could not be revoked. Reload the page and try again.", "撤销失败，请刷新页面后重试。"),
    "applications": ("Signed-in applications", "已登录的应用"),
    "applications_more": (
        "Pages and environments in which you are signed in. Revoking one signs you out there.",
        "您已登录的页面和环境，撤销后将在该处退出登录。",
    ),
    "application": ("Application", "应用"),
    "application_environment": ("Environment {name}", "开发环境 {name}"),
    "application_service": ("Service {name}", "服务 {name}"),
    # JupyterHub's own administration
    "admin_more": (
        "This page is JupyterHub's own and speaks English alone. Environments, tasks, people and balances are found "
        "under Operations.",
        "此页面由 JupyterHub 自带，仅有英文。环境、任务、用户和余额请在“运营”中管理。",
    ),
    # Consent and sharing
    "consent": ("Allow access?", "是否允许访问？"),
    "consent_more": ("{name} asks to act for you at the hub:", "{name} 请求以您的身份访问 Hub："),
    "consent_identify": ("see who you are", "查看您是谁"),
    "allow": ("Allow", "允许"),
    "share": ("Accept the invitation?", "是否接受邀请？"),
    "share_more": (
        "{owner} invites you to the environment {name}. You would be allowed to:",
        "{owner} 邀请您访问环境 {name}。您将获得以下权限：",
    ),
    "share_down": ("It is not running now: ask {owner} to start it.", "该环境当前未运行，请联系 {owner} 启动。"),
    "accept": ("Accept", "接受"),
    "scope_use": (
        "use environments, data and training of Gemini as you",
        "以您的身份使用 Gemini 的环境、数据和训练",
    ),
    "scope_operate": ("operate the platform as you", "以您的身份运营平台"),
    "scope_inherit": ("everything that you may do at the hub", "您在 Hub 的全部权限"),
    "scope_server": ("open the environment {name}", "打开环境 {name}"),
    "scope_service": ("reach the service {name}", "访问服务 {name}"),
    "scope_other": ("{description}", "权限 {scope}"),
    # Errors
    "error_400": ("The hub does not understand this request", "Hub 无法理解该请求"),
    "error_403": ("You may not open this page", "您无权打开此页面"),
    "error_403_more": (
        "If you came by an old page or link, sign in again; else ask an operator of the platform.",
        "如果来自旧页面或链接，请重新登录；否则请联系运营管理员。",
    ),
    "error_404": ("There is no such page", "页面不存在"),
    "error_404_more": (
        "The address is wrong, what was there is gone, or it is somebody else's.",
        "地址有误、内容已不存在，或属于其他人。",
    ),
    "error_405": ("This page does not take that", "此页面不支持该操作"),
    "error_424": ("The environment does not answer", "环境没有响应"),
    "error_503": ("The environment or the platform does not answer", "环境或平台没有响应"),
    "error_503_more": (
        "It may be starting or stopping. Wait a moment and reload; its page says how it is.",
        "可能正在启动或停止，请稍后刷新；环境页面会显示其状态。",
    ),
    "error_other": ("That did not work", "操作失败"),
    "error_other_more": (
        "The hub has made a note of it. Try again; if it stays, tell an operator.",
        "Hub 已记录该问题。请重试；若仍出现，请联系运营管理员。",
    ),
}

_SAID = (
    (r"No access to resources or resources not found|No such user.*|.* has no such server .*", "error_404_more"),
    (r"Share not found or expired|Invalid share code.*", "error_404_more"),
    (r"'?_xsrf'? (?:argument|cookie).*|XSRF cookie does not match.*", "expired"),
    (r"Login form invalid or expired.*", "expired"),
    (r"Invalid username or password", "wrong"),
    (r"Action is not authorized.*|Forbidden", "error_403_more"),
)
"""What the hub says in English, by the sentence of ours that says it."""
_APPLICATIONS = (
    (r"Server at .*/(?P<name>env-[a-z0-9]+)/", "application_environment"),
    (r"JupyterHub service (?P<name>.*)", "application_service"),
)
"""What the hub calls those to whom it gives tokens, by our words for it."""
_PERMISSIONS = {
    None: "consent_identify",
    "inherit": "scope_inherit",
    "custom:gemini:use": "scope_use",
    "custom:gemini:operate": "scope_operate",
    "access:servers": "scope_server",
    "access:services": "scope_service",
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


def language_for(handler: Any) -> str:
    """The language of a request: what the person chose on one of the pages, else what the browser asks for."""
    chosen: str | None = handler.get_cookie(COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    return language_of(handler.request.headers.get("Accept-Language", ""))


def of(language: str) -> dict[str, str]:
    """All words in `language`; `lang` names it, `other` the other one."""
    index = 1 if language == "zh-CN" else 0
    return {"lang": language, "other": LANGUAGES[1 - index], **{name: pair[index] for name, pair in _WORDS.items()}}


def told(message: str, language: str) -> str | None:
    """What the hub says, in `language`; None where it is known in English alone, and that is not `language`."""
    for pattern, name in _SAID:
        if re.fullmatch(pattern, message):
            return of(language)[name]
    foreign = language != "en" and not re.search(r"[\u4e00-\u9fff]", message)
    return None if foreign else message


def application(description: str, language: str) -> str:
    """Who holds a token, in `language`; what people or an operator wrote stays as it is."""
    for pattern, name in _APPLICATIONS:
        if found := re.fullmatch(pattern, description):
            return of(language)[name].format(**found.groupdict())
    return description


def permission(described: Mapping[str, Any], language: str) -> str:
    """A scope as the hub describes it (`scope`, `description`, `filter`), in `language`."""
    # The filter is English: `only you`, or a kind and a name.
    name = "" if described["filter"] == "only you" else described["filter"].rpartition(" ")[2]
    known = _PERMISSIONS.get(described["scope"])
    said = of(language)[known or "scope_other"].format(**described, name=name).strip()
    return said if known or not name else f"{said} {name}"
