"""Buildings, dwellings and households (domain: 楼栋, 房屋, 户)."""

from server.core.catalog.records import RecordType
from server.core.catalog.schema1.declare import (
    R, boolean, date, decimal, derived, enum, integer, long_text, point, reference, text,
)

BUILDING = RecordType(
    "building", 10, "楼栋", "Building", natural_key=("estate", "building_no"), fields={
        "estate": text("小区", "Estate", R),
        "building_no": text("楼号", "Building no.", R, required=True, max=40),
        "address_text": text("详细地址", "Address"),
        "location": point("坐标", "Location"),
        "building_type": enum("建筑类型", "Building type", {
            "high_rise": ("高层", "High-rise", "1"), "multi_storey": ("多层", "Multi-storey", "2"),
            "bungalow": ("平房", "Single storey", "3"), "mixed": ("商住", "Mixed use", "4"),
            "public": ("公共", "Public", "5"), "other": ("其他", "Other", "6")}, p=0),
        "built_year": integer("建成年份", "Built in", p=0, max=2200),
        "floors_above": integer("层数", "Floors", p=0, max=200),
        "elevators": integer("电梯数", "Lifts", p=0, max=200),
        "gas_pipe": boolean("管道燃气", "Piped gas", p=0),
        "property_company": reference("物业单位", "Property company", "unit", p=0),
        "property_phone": text("物业电话", "Property phone", p=0, max=40, check="phone"),
        "alias_of": derived("已并入", "Merged into"),
    })

DWELLING = RecordType(
    "dwelling", 20, "房屋", "Dwelling", parents=("building",),
    natural_key=("building", "unit_no", "floor", "room_no"), moves_with=("building",), fields={
        "building": reference("楼栋", "Building", "building", R, required=True),
        "unit_no": text("单元", "Unit", R, max=40),
        "floor": text("楼层", "Floor", R, max=40),
        "room_no": text("室", "Room", R, required=True, max=40),
        "usage": enum("用途", "Usage", {
            "own_use": ("自住", "Own use", "1"), "let": ("出租", "Let", "2"), "empty": ("空置", "Empty", "3"),
            "commercial": ("商用", "Commercial", "4"), "home_to_shop": ("住改商", "Home used as shop", "5"),
            "other": ("其他", "Other", "6")}, R, 2),
        "tenure": enum("居住方式", "Tenure", {
            "owned": ("自有", "Owned", "1"), "rented": ("租住", "Rented", "2"), "lent": ("借住", "Lent", "3"),
            "employer": ("单位", "Employer's", "4"), "public": ("公租", "Public rental", "5"),
            "unknown": ("未知", "Unknown", "9")}, R, 2),
        "owner_contact": text("产权人联系", "Owner's contact", R, 2),
        "area_m2": decimal("面积", "Area (m²)", R, 2),
        "status": enum("状态", "Status", {
            "in_use": ("使用", "In use", "1"), "empty": ("空置", "Empty", "2"),
            "demolished": ("拆除", "Demolished", "3"), "being_built": ("在建", "Being built", "4")}, R),
        "alias_of": derived("已并入", "Merged into"),
    })

HOUSEHOLD = RecordType(
    "household", 30, "户", "Household", parents=("dwelling",), natural_key=("dwelling", "moved_out_on"),
    moves_with=("dwelling",), subjects=("id",), fields={
        "household_no": derived("户编号", "Household no."),
        "dwelling": reference("住房", "Dwelling", "dwelling", R, required=True),
        "head": reference("户主", "Head", "resident", R, 2),
        "household_type": enum("户类型", "Type", {
            "family": ("家庭户", "Family", "1"), "collective": ("集体户", "Collective", "2"),
            "shared": ("合租", "Shared", "3"), "other": ("其他", "Other", "9")}),
        "member_count": derived("人数", "Members"),
        "declared_count": integer("申报人数", "Declared members", max=200),
        "contact_person": text("联系人", "Contact person", R, 2, max=150),
        "contact_phone": text("联系电话", "Contact phone", R, 2, max=40, check="phone"),
        "preferred_contact": enum("联系方式偏好", "Preferred contact", {
            "visit": ("上门", "Visit", "1"), "phone": ("电话", "Phone", "2"),
            "do_not_disturb": ("不打扰", "Do not disturb", "3")}, p=2),
        "preferred_time": enum("时间偏好", "Preferred time", {
            "any": ("随时", "Any time", "0"), "weekday_evening": ("工作日晚间", "Weekday evening", "1"),
            "weekend": ("周末", "Weekend", "2")}, p=2),
        "contact_need": enum("沟通需求", "Communication need", {
            "hearing": ("听障", "Hearing", "1"), "sight": ("视障", "Sight", "2"),
            "dialect": ("方言", "Dialect", "3")}, p=3),
        "pets": integer("犬只", "Dogs", max=100),
        "e_bike": integer("电动车", "E-bikes", max=100),
        "gas_bottle": boolean("瓶装气", "Bottled gas"),
        "last_visit_at": derived("最近走访", "Last visit"),
        "next_visit_due": derived("下次走访", "Next visit due"),
        "verified_at": derived("核实时间", "Verified at"),
        "verified_by": derived("核实人", "Verified by"),
        "moved_in_on": date("迁入日期", "Moved in on", R, 2),
        "moved_out_on": date("迁出日期", "Moved out on", R, 2),
        "move_to": text("去向", "Moved to", R, 2),
        "note": long_text("备注", "Note", p=2),
        "alias_of": derived("已并入", "Merged into"),
    })
