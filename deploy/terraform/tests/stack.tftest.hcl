# terraform init && terraform test: Terraform 1.7 or newer, the AWS provider, no account.

mock_provider "aws" {
  mock_resource "aws_s3_bucket" {
    defaults = {
      id                          = "phoenat-artifacts"
      bucket_regional_domain_name = "phoenat-artifacts.s3.eu-central-1.amazonaws.com"
    }
  }

  mock_data "aws_s3_bucket" {
    defaults = {
      id                          = "own-bucket"
      bucket_regional_domain_name = "own-bucket.s3.eu-central-1.amazonaws.com"
    }
  }

  mock_resource "aws_cloudformation_stack" {
    defaults = {
      id = "arn:aws:cloudformation:eu-central-1:123456789012:stack/phoenat/1"
      outputs = {
        PublicAddresses       = "192.0.2.1, 192.0.2.2"
        ClientSecurityGroupId = "sg-0123456789abcdef0"
        NatSecurityGroupId    = "sg-0123456789abcdef1"
        AlarmTopicArn         = "arn:aws:sns:eu-central-1:123456789012:alarms"
        MorningTopicArn       = "arn:aws:sns:eu-central-1:123456789012:morning"
        DashboardName         = "phoenat"
        FunctionName          = "phoenat-Controller"
        LogGroupName          = "/aws/lambda/phoenat-Controller"
        LifecycleLogGroupName = "/aws/lambda/phoenat-Lifecycle"
      }
    }
  }
}

variables {
  artifacts_directory = "tests/artifacts"
  vpc_id              = "vpc-0123456789abcdef0"
  client_cidr_blocks  = ["10.0.0.0/16"]

  zones = [
    { public_subnet_id = "subnet-0123456789abcdea0", private_subnet_ids = ["subnet-0123456789abcdea1"] },
    { public_subnet_id = "subnet-0123456789abcdeb0", private_subnet_ids = ["subnet-0123456789abcdeb1"] },
  ]
}

run "defaults" {
  assert {
    condition     = aws_cloudformation_stack.this.capabilities == toset(["CAPABILITY_IAM"])
    error_message = "The stack makes IAM roles and needs no more than that."
  }
  assert {
    condition     = startswith(aws_cloudformation_stack.this.template_url, "https://phoenat-artifacts.s3.eu-central-1.amazonaws.com/phoenat/")
    error_message = "The template is where it was uploaded to."
  }
  assert {
    condition     = aws_cloudformation_stack.this.parameters["ZoneBPublicSubnet"] == "subnet-0123456789abcdeb0" && aws_cloudformation_stack.this.parameters["ZoneCPublicSubnet"] == ""
    error_message = "There are zones a and b, and no more."
  }
  assert {
    condition     = aws_cloudformation_stack.this.parameters["ControllerCodeKey"] == aws_s3_object.artifact["controller"].key
    error_message = "The code is where it was uploaded to."
  }
  assert {
    condition     = output.public_ips == tolist(["192.0.2.1", "192.0.2.2"])
    error_message = "There is an address for each zone."
  }
  assert {
    condition     = output.probe_log_group_name == null
    error_message = "An output that the stack does not have is null."
  }
}

run "a_bucket_of_ones_own" {
  variables {
    artifacts_bucket = "own-bucket"
  }

  assert {
    condition     = length(aws_s3_bucket.artifacts) == 0 && aws_cloudformation_stack.this.parameters["CodeBucket"] == "own-bucket"
    error_message = "The named bucket is used, and no other is made."
  }
}

run "nothing_to_deploy" {
  command = plan

  variables {
    artifacts_directory = "tests"
  }

  expect_failures = [aws_cloudformation_stack.this]
}

run "seven_zones" {
  command = plan

  variables {
    zones = [for index in range(7) : {
      public_subnet_id   = "subnet-0123456789abcdef${index}"
      private_subnet_ids = ["subnet-0123456789abcd${index}00"]
    }]
  }

  expect_failures = [var.zones]
}
