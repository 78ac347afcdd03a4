"""Each command tells what it changed, in the order in which it happened, and a repeated one nothing."""

from __future__ import annotations

from dfs_core.catalog.change import Applied, ChunksUnreferenced, KeyChanged, MembersChanged, SettingChanged, UploadEnded


def test_a_day_in_a_cluster_is_told_as_changes(ledger, drafts):
    member, upload, page = drafts.member(), drafts.bytes(), drafts.page(1, 1)
    commands = [
        drafts.admit(member),
        drafts.set_setting("grace_ms", 0),
        drafts.refer(upload, page),
        drafts.commit("tea", version_id=upload, page_count=1),
        drafts.tick(),
        drafts.remove("tea", purge=True),
    ]
    told = [applied.changes for applied in ledger.results(*commands)]
    assert told == [
        (MembersChanged(2, member.node),),
        (SettingChanged("grace_ms", 0),),
        (),
        (UploadEnded(upload, committed=True), KeyChanged("tea", 1, removed=False)),
        (),
        (ChunksUnreferenced((page.addresses,)), KeyChanged("tea", 0, removed=True)),
    ]
    assert all(applied.changes == () for applied in ledger.results(*commands))


def test_what_was_applied_names_its_entry_and_command(ledger, drafts):
    tick = drafts.tick()
    (applied,) = ledger.results(tick)
    assert applied == Applied(2, tick.id, ledger.reader.outcome(tick.id), ())
