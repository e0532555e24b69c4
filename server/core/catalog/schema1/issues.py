"""Issues, their steps, and comments (domain: 事件, 流转记录)."""

from server.core.catalog.records import RecordType
from server.core.catalog.schema1.declare import (
    R, derived, enum, integer, long_text, photos, point, reference, state, text, time,
)

STATES = {
    "draft": ("草稿", "Draft", "0"), "submitted": ("已上报", "Reported", "1"),
    "returned": ("退回补充", "More asked", "2"), "accepted": ("已受理", "Accepted", "3"),
    "rejected": ("不予受理", "Not accepted", "4"), "merged": ("已并案", "Merged", "5"),
    "filed": ("已立案", "Filed", "6"), "dispatched": ("已派遣", "Dispatched", "7"),
    "handling": ("处置中", "Being handled", "8"), "on_hold": ("挂账", "On hold", "9"),
    "handled": ("待核查", "To be checked", "10"), "closed": ("已结案", "Closed", "11"),
    "evaluated": ("已评价", "Rated", "12"), "void": ("作废", "Void", "13"),
}
LEVELS = {
    "grid": ("网格", "Grid", "1"), "community": ("社区", "Community", "2"), "street": ("街道", "Street", "3"),
    "district": ("区", "District", "4"), "city": ("市", "City", "5"),
}

ISSUE = RecordType("issue", 100, "事件", "Issue", deliveries=("units", "handler"), workflow=True, fields={
    "number": derived("受理编号", "Number"),
    "catalog_version": integer("目录版本", "Catalogue version"),
    "item_code": text("事项", "Item", R, max=40, required=True),
    "title": text("标题", "Title"),
    "description": long_text("描述", "Description"),
    "severity": enum("等级", "Severity", {
        "ordinary": ("一般", "Ordinary", "1"), "larger": ("较大", "Larger", "2"),
        "major": ("重大", "Major", "3"), "emergency": ("紧急", "Emergency", "4")}, R),
    "source": derived("来源", "Source"),
    "reporter": derived("上报人", "Reporter", 2),
    "reporter_contact": text("上报人联系", "Reporter's contact", p=2, max=100),
    "location": point("位置", "Location", R),
    "address_text": text("地点描述", "Place in words", R),
    "place": reference("所在楼栋或房屋", "Building or dwelling", None, R),
    "household": reference("相关户", "Household", "household", p=2, indexed=True),
    "observed_at": time("发现时间", "Observed at"),
    "photos_before": photos("处置前照片", "Photos before"),
    "photos_during": photos("处置中照片", "Photos during"),
    "photos_after": photos("处置后照片", "Photos after"),
    "state": state("状态", "State", STATES),
    "level": derived("层级", "Level", table=LEVELS),
    "main_unit": derived("主办单位", "Main unit"),
    "co_units": derived("协办单位", "Co-units"),
    "handler": derived("处置人", "Handler"),
    "result_kind": derived("结果", "Result", table={
        "fixed": ("已处置", "Fixed", "1"), "explained": ("已解释", "Explained", "2"),
        "transferred": ("已转办", "Transferred", "3"), "not_found": ("未发现", "Not found", "4"),
        "duplicate": ("重复", "Duplicate", "5")}),
    "result_text": derived("处置说明", "What was done"),
    "returned_count": derived("退回次数", "Times returned"),
    "rework_count": derived("返工次数", "Times reworked"),
    "sent_back_count": derived("退回派遣次数", "Times sent back"),
    "received_at": derived("接收时间", "Received at"),
    "accepted_at": derived("受理时间", "Accepted at"),
    "filed_at": derived("立案时间", "Filed at"),
    "handled_at": derived("处置时间", "Handled at"),
    "closed_at": derived("结案时间", "Closed at"),
    "master": derived("主案", "Master issue"),
    "alias_of": derived("已并入", "Merged into"),
})

ISSUE_STEP = RecordType(
    "issue_step", 110, "流转记录", "Step", parents=("issue",), deliveries=("parent",), moves_with=("issue",),
    append_only=True, server_made=True, fields={
        "issue": reference("事件", "Issue", "issue", required=True),
        "action": text("动作", "Action", max=40),
        "from_state": enum("原状态", "From", STATES),
        "to_state": enum("新状态", "To", STATES),
        "actor": text("经办人", "Who", max=100),
        "role": text("角色", "Role", max=40),
        "at_device": time("设备时间", "Device time"),
        "at_server": time("服务器时间", "Server time"),
        "reason_code": text("原因", "Reason", max=40),
        "text": long_text("说明", "Words"),
        "unit": reference("单位", "Unit", "unit"),
    })

COMMENT = RecordType(
    "comment", 110, "补充说明", "Comment", parents=("about",), deliveries=("parent",), moves_with=("about",),
    append_only=True, fields={
        "about": reference("关于", "About", None, required=True),
        "kind": enum("类型", "Kind", {
            "note": ("说明", "Note", "1"), "evidence": ("补充材料", "Evidence", "2"),
            "late": ("迟到的操作", "Late action", "3")}),
        "action": text("动作", "Action", max=40),
        "text": long_text("内容", "Text", required=True),
        "written_by": derived("作者", "Written by"),
    })
