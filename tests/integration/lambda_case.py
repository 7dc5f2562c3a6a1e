"""The program as a function of AWS Lambda, between an emulated Runtime API and the scripted S3."""

import lambda_events as events
from lambda_runtime import Function, RuntimeApi
from s3_support import S3Case, USUAL, content_of, tile_url

GZIP = [("Accept-Encoding", "gzip, br")]


class LambdaCase(S3Case):
    def setUp(self):
        super().setUp()
        self.api = self.enterContext(RuntimeApi())

    def function(self, s3, *arguments, **more):
        """A function over that bucket. `more`: settings, and options of Function."""
        return self.enterContext(Function(self.api, *arguments, **self.settings(s3, **more)))

    def expect_answer(self, metatile, form="mvt", event=events.rest, **options):
        answer = self.api.ask(event(tile_url(metatile, form)), **options)
        self.assertEqual((answer.status, answer["Cache-Control"]), (200, USUAL), answer)
        self.assertEqual(answer.content, content_of(metatile, form))
        return answer
