"""COCO-style files: images, annotations, readers."""


def image(number, **fields):
    return dict(id=number, file_name=f'{number}.jpg', **fields)


def person(number, image_id, bbox, **fields):
    return dict(id=number, image_id=image_id, bbox=bbox, **fields)


IMAGES = [image(10, cam_id=3), image(20, cam_id=5), image(30, cam_id=3)]


PERSONS = [
    person(1, 10, [10, 20, 30, 60], person_id=7),
    person(2, 20, [0, 0, 20, 50], person_id=7),
    person(3, 20, [50, 0, 20, 50], person_id=-2),
    person(4, 30, [5, 5, 40, 90], person_id=7),
    person(5, 30, [60, 5, 20, 50], person_id=2),
    person(6, 10, [70, 5, 20, 50]),
]


def task_of(reader, *protocols):
    return reader.search_task(reader.ground_truth(), protocols or ('all',))


def in_images(num, *raws):
    """Persons of each of so many images."""
    return [image(i) for i in range(num)], [
        person(i * len(raws) + k, i, [20 * k, 0, 9, 9], person_id=raw)
        for i in range(num)
        for k, raw in enumerate(raws)
    ]
