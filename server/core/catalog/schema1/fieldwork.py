"""Visits and patrols (domain: 走访, 巡查, 打点)."""

from server.core.catalog.records import RecordType
from server.core.catalog.schema1.declare import (
    boolean, date, decimal, derived, enum, integer, long_text, many, photos, point, reference, text, time,
)
from server.core.catalog.schema1.people import SERVICES

VISIT = RecordType(
    "visit", 60, "走访", "Visit", parents=("household",), moves_with=("household",),
    append_only=True, subjects=("household",), fields={
        "household": reference("户", "Household", "household", p=2, required=True),
        "person": reference("对象", "Person", "resident", p=2),
        "kind": enum("类型", "Kind", {
            "routine": ("日常", "Routine", "1"), "care": ("关爱", "Care", "2"),
            "policy": ("政策宣传", "Policy", "3"), "safety": ("安全提示", "Safety", "4"),
            "verify": ("信息核实", "Verification", "5"), "follow_up": ("回访", "Follow-up", "6")}),
        "method": enum("方式", "Method", {
            "in_person": ("上门", "In person", "1"), "phone": ("电话", "Phone", "2"),
            "video": ("视频", "Video", "3"), "neighbour": ("邻里转告", "Through a neighbour", "4")}),
        "result": enum("结果", "Result", {
            "met": ("见到", "Met", "1"), "nobody_home": ("无人", "Nobody home", "2"),
            "inconvenient": ("不便/拒绝", "Not convenient", "3"), "moved_away": ("已迁出", "Moved away", "4"),
            "no_such_address": ("地址不存在", "No such address", "5")}, required=True),
        "unchanged": boolean("核实无变化", "Confirmed unchanged"),
        "started_at": time("开始", "Started"),
        "ended_at": time("结束", "Ended"),
        "location": point("位置", "Location", p=3),
        "needs_found": many("发现需求", "Needs found", SERVICES),
        "summary": long_text("纪要", "Summary", p=2),
        "photos": photos("照片", "Photos", 2),
        "companions": many("同行", "Companions", {}, 1),
        "next_due_on": date("下次", "Next due"),
        "visited_by": derived("走访人", "Visited by"),
    })

ROUTE = RecordType("route", 60, "路线", "Route", fields={
    "name": text("名称", "Name", p=0, required=True),
    "days": many("周几", "Weekdays", {}, 0),
    "note": long_text("说明", "Note"),
})

POINT = RecordType("point", 70, "点位", "Point", parents=("route",), moves_with=("route",), fields={
    "route": reference("路线", "Route", "route", p=0, required=True),
    "name": text("名称", "Name", p=0, required=True),
    "location": point("位置", "Location", p=0),
    "indoor": boolean("室内", "Indoors", p=0),
    "radius_m": integer("半径", "Radius (m)", p=0, max=1000),
    "code": text("编码", "Code", p=0, max=64),
    "order": integer("顺序", "Order", p=0),
    "kind": enum("点位类型", "Kind", {
        "charging": ("充电棚", "Charging shed", "1"), "fire_lane": ("消防通道", "Fire lane", "2"),
        "water": ("河湖", "Water", "3"), "lift": ("电梯", "Lift", "4"),
        "building_site": ("工地", "Building site", "5"), "waste": ("垃圾点", "Waste point", "6"),
        "facility": ("公共设施", "Public facility", "7"), "school": ("学校周边", "Around a school", "8"),
        "other": ("其他", "Other", "9")}, p=0),
})

PATROL = RecordType("patrol", 80, "巡查", "Patrol", fields={
    "route": reference("路线", "Route", "route", required=True),
    "planned_on": date("计划日期", "Planned on"),
    "shift": enum("班次", "Shift", {
        "morning": ("早", "Morning", "1"), "noon": ("中", "Noon", "2"), "evening": ("晚", "Evening", "3"),
        "flood": ("汛期", "Flood duty", "4"), "holiday": ("节日", "Holiday", "5")}),
    "status": enum("状态", "Status", {
        "planned": ("计划", "Planned", "1"), "running": ("进行中", "Running", "2"),
        "paused": ("暂停", "Paused", "3"), "finished": ("完成", "Finished", "4"),
        "abandoned": ("中止", "Abandoned", "5")}),
    "started_at": time("开始", "Started"),
    "ended_at": time("结束", "Ended"),
    "weather": enum("天气", "Weather", {
        "fine": ("晴", "Fine", "1"), "cloudy": ("多云", "Cloudy", "2"), "rain": ("雨", "Rain", "3"),
        "snow": ("雪", "Snow", "4"), "haze": ("雾霾", "Haze", "5"), "wind": ("大风", "Wind", "6")}, p=0),
    "summary": long_text("小结", "Summary"),
    "abandon_reason": text("中止原因", "Why abandoned"),
    "walked_by": derived("巡查人", "Walked by"),
})

CHECK = RecordType("check", 90, "打点", "Check-in", parents=("patrol",), moves_with=("patrol",),
                   append_only=True, fields={
    "patrol": reference("巡查", "Patrol", "patrol", required=True),
    "point": reference("点位", "Point", "point", required=True, indexed=True),
    "checked_at": time("时间", "Checked at", required=True),
    "how": enum("方式", "How", {
        "gps": ("定位", "GPS", "1"), "qr": ("扫码", "QR code", "2"), "nfc": ("NFC", "NFC", "3"),
        "manual": ("手动", "By hand", "4")}, required=True),
    "manual_reason": text("手动原因", "Why by hand"),
    "location": point("位置", "Location", p=2),
    "distance_m": decimal("偏差", "Distance (m)", p=2),
    "ok": boolean("正常", "In order"),
    # `<code of a checklist's item>=<ok|problem|none>`, one element an item that was answered
    "answers": many("检查项", "Checklist", {}, 1),
    "problems": many("问题项", "Problems", {}, 1),
    "note": long_text("说明", "Note"),
    "photos": photos("照片", "Photos"),
    "skipped_reason": enum("跳过原因", "Why skipped", {
        "works": ("施工", "Works", "1"), "weather": ("天气", "Weather", "2"),
        "locked": ("锁门", "Locked", "3"), "urgent_task": ("紧急任务", "Urgent task", "4")}),
})

# Off unless the walker turns it on for one patrol. Each record is one unbroken piece: between two of them lies
# a gap, never a line. Only who walked it gets it, and it is forgotten after TRACK_DAYS (`services/tracks.py`).
TRACK = RecordType("track", 90, "轨迹", "Track", parents=("patrol",), deliveries=("author",), moves_with=("patrol",),
                   append_only=True, fields={
    "patrol": reference("巡查", "Patrol", "patrol", p=3, required=True),
    "started_at": time("开始", "Started", p=3, required=True),
    "after": enum("此前", "Before it", {
        "start": ("开始", "Start", "1"), "paused": ("暂停", "Paused", "2"),
        "hidden": ("应用不在前台", "App not shown", "3"),
        "no_fix": ("没有定位", "No fix", "4"), "piece": ("连续", "Goes on", "5")}, p=3),
    # a line a fix: seconds since started_at, longitude, latitude, accuracy in metres
    "fixes": long_text("定位点", "Fixes", p=3),
    "author": derived("记录人", "Recorded by", 3),
})
