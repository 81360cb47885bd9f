from openpower_testing.conformance import Conformance as Conformance
from openpower_testing.enrolment import Facility as Facility, Transport as Transport, VendorError as VendorError
from openpower_testing.faults import FaultServer as FaultServer, Received as Received, Trouble as Trouble
from openpower_testing.harness import Harness as Harness
from openpower_testing.outcomes import NotApplicable as NotApplicable
from openpower_testing.runner import run as run
