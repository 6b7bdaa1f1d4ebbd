"""TC01, TC03, TC04, TC05: the training form as a person meets it. The Chinese is to the letter."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from platform_fixture import Platform
from playwright.sync_api import Route, expect

from .conftest import Visitor

pytestmark = pytest.mark.browser


def test_tc03_no_running_environment(visit: Visitor) -> None:
    """TC03. Covers: TRAIN-2, TRAIN-3a. Without a running environment dynamic is chosen, the other mode is disabled."""
    form = (visit("bob", "zh-CN")).form
    form.open()
    expect(form.mode("existing")).to_be_disabled()
    expect(form.mode("dynamic")).to_be_checked()
    expect(form.root.get_by_text("暂无运行中的开发环境")).to_be_visible()


def test_the_words_are_those_of_the_spec(visit: Visitor) -> None:
    """Covers: TRAIN-3a, TRAIN-3b. Every text of the form, to the letter."""
    person = visit("bob", "zh-CN")
    person.form.open()
    page = person.page
    for text in (
        "发起训练任务",
        "选择使用现有开发环境或动态创建新资源",
        "返回",
        "基本信息",
        "资源配置",
        "配置摘要",
        "温馨提示",
        "现有环境可立即启动",
        "动态创建分配最优资源",
        "自动挂载数据集和模型",
        "使用现有开发环境",
        "0 个可用",
        "复用已创建的开发环境，快速启动，无需等待资源分配",
        "动态创建资源",
        "推荐",
        "根据需求选择可用区和节点配置，系统自动分配最优资源",
        "创建并启动训练",
        "取消",
        "单机",
        "自定义分布式",
        "Horovod",
    ):
        expect(page.get_by_text(text).first, text).to_be_visible()
    expect(person.form.root.get_by_role("radio", name="自定义分布式")).to_be_enabled()
    expect(person.form.root.get_by_role("radio", name="Horovod")).to_be_disabled()


def test_tc04_no_task_name(visit: Visitor) -> None:
    """TC04. Covers: TRAIN-3. Without a name nothing is sent, and the first field says what to do."""
    person = visit("bob", "zh-CN")
    person.form.open()
    sent: list[str] = []
    person.page.on(
        "request",
        lambda request: (
            sent.append(request.url) if request.method == "POST" and request.url.endswith("/training-tasks") else None
        ),
    )
    person.form.name.fill("   ")
    person.form.send()
    expect(person.form.mistake("请输入任务名称")).to_be_visible()
    expect(person.form.name).to_be_focused()
    person.form.name.fill("digits")
    person.form.send()
    expect(person.form.mistake("请选择数据集")).to_be_visible()
    person.form.choose_dataset()
    person.form.send()
    expect(person.form.mistake("请选择可用区")).to_be_visible()
    assert sent == []


def test_tc05_no_environment_chosen(visit: Visitor, running_environment: dict[str, Any]) -> None:
    """TC05. Covers: TRAIN-2, TRAIN-3. The preselected environment can be cleared, stays so, and is then asked for."""
    person = visit("alice", "zh-CN")
    person.form.open()
    chosen = person.form.environment(running_environment["name"])
    expect(chosen).to_be_checked()
    person.form.root.get_by_role("button", name=person.words("Clear the choice")).click()
    person.form.name.fill("digits")
    person.form.choose_dataset()
    person.form.send()
    expect(person.form.mistake("请选择开发环境")).to_be_visible()
    expect(chosen).not_to_be_checked()


def test_tc01_existing_environment(visit: Visitor, platform: Platform, running_environment: dict[str, Any]) -> None:
    """TC01. Covers: TRAIN-1, TRAIN-4, TRAIN-5, TRAIN-8. A task in a running environment, to its end."""
    person = visit("alice", "zh-CN")
    form = person.form
    form.open()
    expect(form.mode("existing")).to_be_checked()
    expect(form.root.get_by_text("1 个可用")).to_be_visible()
    expect(form.summary.get_by_text("快速启动，预计 10 秒内开始训练")).to_be_visible()
    expect(form.summary.get_by_text(running_environment["name"])).to_be_visible()
    name = f"数字识别 TC01 {secrets.token_hex(2)}"
    form.name.fill(f"  {name}  ")
    form.choose_dataset()
    form.send()
    expect(person.page.get_by_text("训练任务创建成功").first).to_be_visible()
    expect(person.page.get_by_text(f"使用环境: {running_environment['name']}").first).to_be_visible()
    expect(person.page).to_have_url(f"{platform.url}/services/gemini/training-jobs")
    person.list.wait(name, "succeeded")
    task = next(one for one in platform.client("alice").tasks.list().items if one["taskName"] == name)
    assert task["environmentId"] == running_environment["id"] and task["exitCode"] == 0


def test_a_dynamic_task_of_no_card(visit: Visitor, platform: Platform) -> None:
    """Covers: TRAIN-1, TRAIN-5, TRAIN-8. Resources of its own, on what this machine has, to its end."""
    person = visit("bob", "zh-CN")
    form = person.form
    form.open()
    name = f"动态任务 {secrets.token_hex(2)}"
    form.name.fill(name)
    form.choose_dataset()
    zone = form.root.get_by_role("group", name=person.words("Zone")).get_by_role("radio").first
    zone.check()
    expect(form.summary.get_by_text("预计 2-5 分钟完成资源分配")).to_be_visible()
    form.send()
    expect(person.page.get_by_text("训练任务创建成功").first).to_be_visible()
    expect(person.page.get_by_text("动态创建资源").first).to_be_visible()
    person.list.wait(name, "succeeded", 120_000)


def test_a_refusal_of_the_server_is_said(visit: Visitor, running_environment: dict[str, Any]) -> None:
    """Covers: API-1, TRAIN-3. Where the platform does not answer the form says so and keeps what was typed."""
    person = visit("alice")
    form = person.form
    form.open()
    form.name.fill("kept")
    form.choose_dataset()

    def down(route: Route) -> None:
        if route.request.method == "POST":
            route.abort()
        else:
            route.fallback()

    person.page.route("**/api/v1/training-tasks", down)
    form.send()
    expect(form.root.get_by_role("alert").first).to_be_visible()
    expect(form.name).to_have_value("kept")


def test_another_persons_environment_is_not_offered(visit: Visitor, running_environment: dict[str, Any]) -> None:
    """Covers: TEN-2b, TRAIN-2. A member is offered only environments of their own."""
    form = visit("bob").form
    form.open()
    expect(form.mode("existing")).to_be_disabled()
    expect(form.root.get_by_text(running_environment["name"])).to_have_count(0)
