"""The process is frozen between two invocations."""

import unittest

import lambda_events as events
from lambda_case import LambdaCase
from s3_support import content_of, place, tile_url


class Freeze(LambdaCase):
    def test_connections_that_died_in_a_freeze_are_replaced_within_the_invocation(self):
        s3 = self.serve_s3()
        self.put_small(s3, 10)
        function = self.function(s3)
        self.expect_answer(place(0))
        for number in range(1, 6):
            self.api.wait_until_idle()
            function.freeze()
            # What happens in hours: the far ends of all connections to S3 are gone when it wakes up.
            s3.go_away()
            s3.come_back()
            invocation = self.api.start(events.rest(tile_url(place(number))))
            function.thaw()
            answer = invocation.response()
            self.assertEqual((answer.status, answer.content), (200, content_of(place(number))))

    def test_what_is_in_memory_survives_a_freeze(self):
        s3 = self.serve_s3()
        self.put_small(s3)
        function = self.function(s3)
        self.expect_answer(place(0))
        self.api.wait_until_idle()
        gets = s3.counts.gets
        function.freeze()
        invocation = self.api.start(events.rest(tile_url(place(0))))
        function.thaw()
        self.assertEqual(invocation.response().status, 200)
        self.assertEqual(s3.counts.gets, gets)


if __name__ == "__main__":
    unittest.main()
