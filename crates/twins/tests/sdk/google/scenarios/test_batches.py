"""Up to fifty calls in one."""

from googleapiclient.errors import BatchError, HttpError

from twin import TEAM, Scenario, control, timed


class Batches(Scenario):
    """Up to fifty calls in one."""

    def run_batch(self, requests):
        answers = {}

        def keep(id, answer, error):
            answers[id] = (answer, error)

        batch = self.alice.new_batch_http_request(callback=keep)
        for id, request in requests.items():
            batch.add(request, request_id=id)
        batch.execute()
        return answers

    def test_each_part_has_its_own_answer(self):
        event = self.insert(id="abcde")
        old = self.events.patch(calendarId="primary", eventId="abcde", body={"summary": "x"})
        answers = self.run_batch({
            "new": self.events.insert(calendarId="primary", body=timed(summary="In a batch")),
            "twice": self.events.insert(calendarId="primary", body=timed(id="abcde")),
            "gone": self.events.get(calendarId="primary", eventId="missing00"),
            "stale": self.with_header(old, "If-Match", '"1"'),
            "list": self.events.list(calendarId=TEAM),
        })
        self.assertEqual(answers["new"][0]["summary"], "In a batch")
        self.assertEqual(answers["twice"][1].resp.status, 409)
        self.assertEqual(answers["gone"][1].resp.status, 404)
        self.assertEqual(answers["stale"][1].resp.status, 412)
        self.assertEqual(answers["list"][0]["items"], [])
        self.assertEqual(self.get("abcde")["etag"], event["etag"])

    def test_a_delete_in_a_batch_has_no_body(self):
        event = self.insert()
        answers = self.run_batch({"d": self.events.delete(calendarId="primary", eventId=event["id"])})
        self.assertEqual(answers["d"], ("", None))

    def test_fifty_are_enough(self):
        insert = lambda n: self.events.insert(calendarId="primary", body=timed(summary=str(n)))
        answers = self.run_batch({str(n): insert(n) for n in range(50)})
        self.assertEqual({answer[0]["summary"] for answer in answers.values()}, {str(n) for n in range(50)})
        with self.assertRaises((HttpError, BatchError)):
            self.run_batch({str(n): insert(n) for n in range(51)})
        self.assertEqual(len(self.all()[0]), 50)

    def test_a_refusal_strikes_one_part(self):
        rule = {"match": {"method": "POST", "path": "/events"}, "kind": "status", "status": 403,
                "reason": "rateLimitExceeded", "count": 1}
        control("faults", rule)
        insert = lambda n: self.events.insert(calendarId="primary", body=timed(summary=str(n)))
        answers = self.run_batch({str(n): insert(n) for n in range(3)})
        failed = [error for _, error in answers.values() if error]
        self.assertEqual([error.resp.status for error in failed], [403])
        self.assertEqual(len(self.all()[0]), 2)

    def test_a_lost_connection_loses_the_whole_answer(self):
        control("faults", {"match": {"method": "POST", "path": "/events"}, "kind": "drop_after", "count": 5})
        with self.assertRaises(Exception):
            self.run_batch({"a": self.events.insert(calendarId="primary", body=timed(id="aaaaa")),
                            "b": self.events.insert(calendarId="primary", body=timed(id="bbbbb"))})
        control("faults", {"clear": True})
        self.assertEqual(set(self.all()[0]), {"aaaaa", "bbbbb"})
