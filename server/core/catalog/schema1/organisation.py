"""Areas, units, people at work, grants and the taxonomy that admins edit."""

from server.core.catalog.boundaries import MAX_BYTES
from server.core.catalog.records import RecordType
from server.core.catalog.schema1.declare import (
    date, derived, enum, integer, long_text, many, point, reference, text, time,
)
from server.core.catalog.schema1.issues import LEVELS

AREA = RecordType("area", 0, "区域", "Area", server_made=True, fields={
    "name": text("名称", "Name", p=0, required=True),
    "code": text("编码", "Code", p=0, max=40),
    "level": enum("层级", "Level", {**LEVELS, "micro": ("微网格", "Micro-grid", "0")}, p=0, required=True),
    "kind": enum("类型", "Kind", {
        "basic": ("基础网格", "Basic", "1"), "special": ("专属网格", "Special purpose", "2"),
        "micro": ("微网格", "Micro-grid", "3")}, p=0),
    "parent": reference("上级", "Parent", "area", p=0),
    "region_code": text("行政区划代码", "Region code", p=0, max=20),
    "centroid": point("中心", "Centre", p=0),
    "boundary": long_text("边界", "Boundary", p=0, max=MAX_BYTES),  # GeoJSON; see boundaries.py
    "status": enum("状态", "Status", {
        "active": ("启用", "In use", "1"), "prepared": ("筹建", "Being set up", "2"),
        "abolished": ("已撤并", "Abolished", "3")}, p=0),
    "valid_from": date("起", "From", p=0),
    "valid_to": date("止", "To", p=0),
    "duty_phone": text("公示电话", "Duty phone", p=0, max=40),
})

UNIT = RecordType("unit", 1, "单位", "Unit", server_made=True, fields={
    "name": text("名称", "Name", p=0, required=True),
    "kind": enum("类型", "Kind", {
        "community": ("社区", "Community", "1"), "street": ("街道", "Street", "2"),
        "department": ("部门", "Department", "3"), "property": ("物业", "Property firm", "4"),
        "utility": ("专营单位", "Utility", "5"), "team": ("服务队", "Service team", "6"),
        "other": ("其他", "Other", "9")}, p=0),
    "area": reference("服务范围", "Area served", "area", p=0),
    "duty_phone": text("值班电话", "Duty phone", p=0, max=40),
    "address_text": text("地址", "Address", p=0),
})

USER_CARD = RecordType("user_card", 2, "工作人员", "Person at work", server_made=True, fields={
    "name": text("姓名", "Name", required=True),
    "user": text("用户", "User", max=64),  # whom `by` in rows and conflicts means
    "role": text("角色", "Role", max=40),
    "duty_phone": text("工作电话", "Duty phone", max=40),
})

GRANT = RecordType("grant", 3, "授权", "Grant", server_made=True, fields={
    "user": text("用户", "User", max=64),
    "scope": text("范围", "Scope", max=80),
    "role": text("角色", "Role", max=40),
    "area_name": text("区域名称", "Area"),
    "from_at": time("起", "From"),
    "until_at": time("止", "Until"),
})

TAXONOMY = RecordType("taxonomy", 4, "目录", "Taxonomy", server_made=True, fields={
    "kind": enum("类型", "Kind", {
        "issue_class": ("事件大类", "Issue class", "1"), "issue_item": ("事件小类", "Issue item", "2"),
        "working_day": ("工作日", "Working day", "3"), "checklist": ("检查表", "Checklist", "4"),
        "consent_notice": ("告知书", "Consent notice", "5"), "limit": ("时限", "Limit", "6")}, p=0,
        required=True),
    "code": text("编码", "Code", p=0, max=40, required=True),
    "zh": text("中文名称", "Chinese name", p=0),
    "en": text("英文名称", "English name", p=0),
    "parent_code": text("上级编码", "Parent code", p=0, max=40),
    "level": enum("等级", "Level", {
        "ordinary": ("一般", "Ordinary", "G"), "major": ("重大", "Major", "M"),
        "emergency": ("紧急", "Emergency", "E")}, p=0),
    "self_handle": enum("即办即结", "Fix on the spot", {"yes": ("可", "Yes", "y"), "no": ("否", "No", "n")}, p=0),
    "photo_policy": enum("照片", "Photos", {
        "none": ("不需", "None", "n"), "optional": ("可选", "Optional", "o"),
        "required": ("必需", "Required", "r")}, p=0),
    "limit_value": integer("时限", "Limit", p=0),
    "limit_unit": enum("时限单位", "Limit unit", {
        "natural_min": ("自然分钟", "Minutes", "1"), "work_hour": ("工作小时", "Working hours", "2"),
        "work_day": ("工作日", "Working days", "3")}, p=0),
    "day": date("日期", "Date", p=0),
    "day_kind": enum("日期类型", "Kind of day", {"off": ("休", "Off", "0"), "work": ("班", "Working", "1")}, p=0),
    "order": integer("顺序", "Order", p=0),
    "body": long_text("正文", "Text", p=0),
    "version": integer("版本", "Version", p=0),
    "tags": many("标签", "Tags", {}, 0),
    "replaces": derived("替换", "Replaces", 0),
})
