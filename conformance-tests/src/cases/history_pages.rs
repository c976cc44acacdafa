//! Cases of LG: the ledger by range, a page at a time.

use scheduler_core::{ErrorKind, schedule::HistoryPage};

use super::stage::{HALF, SECOND, Stage, it_id};
use crate::Backend;

pub(super) fn the_pages_of_a_history_have_every_record_once(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    stage.add(stage.secondly().history(20));
    stage.world.advance(9 * SECOND + HALF);
    let handle = stage.world.call(|it| it.schedule(&it_id()));
    let call = |page: &HistoryPage| stage.world.call(|_| handle.history_page(page));
    let whole = stage.history();
    for limit in [1, 3, 100] {
        let mut page = HistoryPage::new(stage.at(2)..=stage.at(8)).limit(limit);
        let mut found = Vec::new();
        while let Some(last) = {
            let next = call(&page).expect("exists");
            assert!(next.len() <= limit, "a page of {} records", next.len());
            found.extend(next.iter().cloned());
            next.last().cloned()
        } {
            page = page.after(&last);
            assert!(found.len() <= whole.len(), "a page comes again");
        }
        assert_eq!(found, whole[1..8], "in pages of {limit}");
    }
    let empty = HistoryPage::new(stage.at(3)..=stage.at(3)).limit(0);
    let refused = call(&empty).expect_err("no page has a record");
    assert_eq!(refused.kind(), ErrorKind::InvalidConfig);
}
