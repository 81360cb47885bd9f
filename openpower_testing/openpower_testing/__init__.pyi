from openpower_testing.conformance import Conformance as Conformance, run as run
from openpower_testing.enrolment import (
    Facility as Facility,
    NotApplicable as NotApplicable,
    Transport as Transport,
    TransportFault as TransportFault,
    VendorError as VendorError,
)
from openpower_testing.faults import FaultServer as FaultServer, Received as Received, Trouble as Trouble
from openpower_testing.harness import Harness as Harness, Relay as Relay
from openpower_testing.scrubbing import Leak as Leak, Scrubber as Scrubber
