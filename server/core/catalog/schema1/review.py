"""What waits for a person: conflicts, parked changes, follow-ups. All made by the server.

Their values are records in the wire's sense but not forms: `value` fields are of any kind.
"""

from server.core.catalog.fields import Field, Kind, Merge, Privacy
from server.core.catalog.records import RecordType


def _kept(zh: str, en: str, p: int = 2, *, indexed: bool = False) -> Field:
    return Field(Kind.DERIVED, Merge.DERIVED, Privacy(p), zh, en, indexed=indexed)


CONFLICT = RecordType("conflict", 120, "冲突", "Conflict", deliveries=("author",), server_made=True, fields={
    "record": _kept("记录", "Record", 1, indexed=True), "record_type": _kept("类型", "Type", 1),
    "kind": _kept("冲突类型", "Kind", 1), "field": _kept("字段", "Field", 1),
    "base": _kept("原值", "Base"), "current": _kept("现值", "Current"), "incoming": _kept("新值", "Incoming"),
    "author": _kept("提交人", "Author", 1), "state": _kept("状态", "State", 1),
    "settled": _kept("处理", "Settled"), "withdrawn": _kept("作者已无权查看", "No longer the author's to see", 1),
})

PARKED = RecordType("parked", 120, "暂存", "Parked", deliveries=("author",), server_made=True, fields={
    "change_id": _kept("修改编号", "Change id", 1), "change": _kept("修改", "Change"),
    "record": _kept("记录", "Record", 1, indexed=True), "record_type": _kept("类型", "Type", 1),
    "status": _kept("结果", "Status", 1), "reason": _kept("原因", "Reason", 1),
    "message": _kept("说明", "Message", 1), "author": _kept("提交人", "Author", 1),
    "at": _kept("时间", "At", 1), "state": _kept("状态", "State", 1), "settled": _kept("处理", "Settled"),
})

FOLLOWUP = RecordType("followup", 130, "后续", "Follow-up", deliveries=("author",), server_made=True, fields={
    "change": _kept("修改编号", "Change id", 1), "record": _kept("记录", "Record", 1),
    "status": _kept("结果", "Status", 1), "reason": _kept("原因", "Reason", 1), "at": _kept("时间", "At", 1),
    "author": _kept("提交人", "Author", 1),
})
