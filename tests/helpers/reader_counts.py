"""Counts of a data set, as the golden cases store them."""


def reader_counts(train, test):
    """Images, boxes, identities and queries of both splits."""
    task = test.metainfo['search_task']
    infos = list(train)
    return dict(
        gallery_images=len(test),
        gallery_boxes=sum(map(len, task.ground_truth.boxes)),
        gallery_labelled=sum(
            int((ids >= 0).sum()) for ids in task.ground_truth.person_ids
        ),
        queries=len(task.queries.img_ids),
        train_images=len(train),
        train_boxes=sum(len(info['instances']) for info in infos),
        train_labelled=sum(
            item['person_id'] >= 0
            for info in infos
            for item in info['instances']
        ),
        train_ids=len(train.metainfo['person_id_names']),
    )
